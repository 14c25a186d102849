import { userInfo } from 'node:os';
import type { Brake } from '../core/brake.ts';
import { parseDuration } from '../core/duration.ts';
import { asksDaemon, createClient, type Reach } from './client.ts';
import { print, type Output } from './output.ts';
import { harmless } from './table.ts';
import { helpExamples, CommandError, EXIT, type AddCommand } from './command.ts';

type Flags = Reach & { output: Output; why: string; for?: string; by: string };

const SCOPES = 'all, rule:NAME, namespace:CLUSTER/NAME or target:KEY';

export const addPause: AddCommand = (program, io) => {
  asksDaemon(
    program
      .command('pause')
      .description('stop all effects in a scope; runs wait and nothing is lost')
      .addHelpText(
        'after',
        helpExamples(
          "pause --why 'maintenance of the network' --for 2h",
          "pause rule:archivechain-node-down --why 'it is being rewritten'",
        ),
      ),
  )
    .argument('[scope]', SCOPES, 'all')
    .requiredOption('--why <text>', 'told to everybody who wonders')
    .option('--for <duration>', 'lifted by itself after that, e.g. 2h')
    .option('--by <name>', 'who pauses', ownName())
    .action(async (scope: string, flags: Flags) => {
      const until = flags.for === undefined ? null : Date.now() + duration(flags.for);
      const brake = await createClient(flags).post<Brake & { readonly remark: string | null }>('/api/v1/brakes', {
        scope,
        by: flags.by,
        why: flags.why,
        until,
      });
      if (brake.remark !== null) io.err(harmless(`WARNING: ${brake.remark}`));
      print(
        io,
        flags.output,
        brake,
        () =>
          `Paused ${brake.scope}${brake.until === null ? '' : ` until ${new Date(brake.until).toISOString()}`}. Lift it with: remediad resume ${brake.scope}`,
      );
    });
};

export const addResume: AddCommand = (program, io) => {
  asksDaemon(
    program
      .command('resume')
      .description('lift a pause; what it held is decided anew')
      .addHelpText('after', helpExamples('resume', 'resume rule:archivechain-node-down')),
  )
    .argument('[scope]', SCOPES, 'all')
    .option('--by <name>', 'who resumes', ownName())
    .action(async (scope: string, flags: Flags) => {
      const query = new URLSearchParams({ scope, by: flags.by });
      const lifted = await createClient(flags).delete<{ scope: string }>(`/api/v1/brakes?${query.toString()}`);
      print(io, flags.output, lifted, () => `Resumed ${lifted.scope}.`);
    });
};

/** A container may run as a user that has a number and no name. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new CommandError(`--for: ${(error as Error).message} (fix: write a duration such as 2h)`, EXIT.usage);
  }
}
