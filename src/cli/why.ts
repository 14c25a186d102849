import type { WhyAnswer } from '../core/why.ts';
import { linesOfWhy } from '../core/words/why.ts';
import { asksDaemon, createClient, type Reach } from './client.ts';
import { print, type Output } from './output.ts';
import { helpExamples, type AddCommand } from './command.ts';

export const addWhy: AddCommand = (program, io) => {
  asksDaemon(
    program
      .command('why <what>')
      .description('why it acted, or did not: everything known of one object, alert or run')
      .addHelpText('after', helpExamples('why archive-0', 'why ArchiveChainNodeDown')),
    ['text', 'json'],
  )
    .addHelpText(
      'after',
      '\n<what>: a run (r-1f), a fingerprint, a target (NAME or NAMESPACE/NAME), the name of an alert, or another value of its labels',
    )
    .action(async (what: string, flags: Reach & { output: Output }) => {
      const query = new URLSearchParams({ of: what });
      const answer = await createClient(flags).get<WhyAnswer>(`/api/v1/why?${query.toString()}`);
      print(io, flags.output, answer, () => linesOfWhy(answer).join('\n'));
    });
};
