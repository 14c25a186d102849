import { setTimeout as sleep } from 'node:timers/promises';
import { isEnded, type Run } from '../core/run.ts';
import { sentenceOfState } from '../core/words.ts';
import { ownName } from './brakes.ts';
import { asksDaemon, createClient, type Client, type Reach } from './client.ts';
import { print, type Output } from './output.ts';
import { helpExamples, CommandError, EXIT, type AddCommand } from './command.ts';
import { harmless } from './table.ts';

type Flags = Reach & { output: Output; target?: string; by: string; why?: string; dryRun: boolean; wait: boolean };

/** How long a run is watched that nobody waits for: long enough to tell what keeps it from its first step. */
const LOOK_MS = 2_000;
const POLL_MS = 300;

export const addRun: AddCommand = (program, io, exit) => {
  asksDaemon(
    program
      .command('run')
      .description('start a rule by hand, through the same guards as an alert')
      .addHelpText(
        'after',
        helpExamples(
          "run nightly-backup --why 'before the upgrade' --wait",
          'run archivechain-node-down --target Pod/chain/archive-0 --dry-run',
        ),
      ),
  )
    .argument('<rule>', 'name of a rule that says manual: true')
    .argument('[labels...]', 'label=value, what the rule reads as labels')
    .option('--target <target>', 'Kind/namespace/name, in place of the labels that name it')
    .option('--by <name>', 'who starts it', ownName())
    .option('--why <text>', 'told to everybody who wonders')
    .option('--dry-run', 'only observe what it would do', false)
    .option('--wait', 'until the run has ended; the exit code says how', false)
    .action(async (rule: string, labels: string[], flags: Flags) => {
      const client = createClient(flags);
      const { id, started } = await client.post<{ id: string; started: boolean }>(`/api/v1/rules/${encodeURIComponent(rule)}/runs`, {
        by: flags.by,
        why: flags.why ?? null,
        target: flags.target ?? null,
        labels: labelsFrom(labels),
        dryRun: flags.dryRun,
      });
      const say = (line: string) => (flags.output === 'table' ? io.out(harmless(line)) : undefined);
      say(started ? `Started run ${id} of ${rule}.` : `Run ${id} of ${rule} is at it already, and no other was started.`);
      const run = await watch(client, id, flags.wait, say);
      if (flags.output === 'json') print(io, 'json', run, () => '');
      else if (!isEnded(run.state)) say(`See what becomes of it with: remediad runs show ${id}`);
      exit(isEnded(run.state) && !isWell(run) ? EXIT.failed : EXIT.ok);
    });
};

function labelsFrom(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new CommandError(`"${word}" is not label=value`, EXIT.usage);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** Says what the run does whenever that changes, to its end or for a moment. */
async function watch(client: Client, id: string, toTheEnd: boolean, say: (line: string) => void): Promise<Run> {
  const until = performance.now() + LOOK_MS;
  let told = '';
  for (;;) {
    const run = await client.get<Run>(`/api/v1/runs/${id}`);
    const sentence = sentenceOfState(run);
    const means = [run.state, run.hold?.reason, run.rung, run.sleep?.kind].join();
    if (means !== told && run.state !== 'pending') say(sentence);
    told = means;
    const settled = isEnded(run.state) || (!toTheEnd && (run.state === 'holding' || performance.now() > until));
    if (settled) return run;
    await sleep(POLL_MS);
  }
}

/** Nobody has to do anything about it. */
function isWell({ state, end }: Run): boolean {
  if (state === 'observed') return end?.would === 'effect' || end?.would === 'nothing';
  return state === 'succeeded' || state === 'skipped';
}
