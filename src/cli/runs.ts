import type { AuditEvent } from '../core/audit.ts';
import type { Run } from '../core/run.ts';
import { sentenceOfEffect, sentenceOfState, sentenceOfTrigger, sentenceOfVerdict, storyLine } from '../core/words.ts';
import { sentenceOfReached, sentenceOfRefused } from '../core/words/observed.ts';
import { asksDaemon, createClient, type Reach } from './client.ts';
import { print, type Output } from './output.ts';
import { helpExamples, CommandError, EXIT, takesNoWords, type AddCommand, type Io } from './command.ts';
import { askObserved, observedCsv, observedTable } from './observed.ts';
import { timeOf } from './period.ts';
import { age, table } from './table.ts';

type Flags = Reach & { output: Output };
type ListFlags = Reach & {
  output: Output | 'csv';
  observed?: true;
  state?: string;
  rule?: string;
  since?: string;
  until?: string;
  limit: string;
};
type OneRun = Run & { v: number; dueAt: number | null; locks: string[]; audit: AuditEvent[] };

export const addRuns: AddCommand = (program, io) => {
  const runs = program.command('runs').description('what was done, and what is being done');
  const listing = takesNoWords(runs.command('list', { isDefault: true }), (word) => `one run is shown by remediad runs show ${word}`);
  asksDaemon(
    listing
      .description('the newest runs; with --observed a report for auditors')
      .addHelpText(
        'after',
        helpExamples(
          'runs --state holding,awaiting-approval',
          'runs --rule archivechain-node-down --since 24h -o json',
          'runs --observed --since 7d -o csv',
        ),
      ),
    ['table', 'json', 'csv'],
  )
    .option('--observed', 'those that only observed: what they would have done, what refused it, and a summary')
    .option('--state <states>', 'only these states, separated by commas')
    .option('--rule <rule>', 'only runs of this rule')
    .option('--since <time>', 'accepted since then: a duration before now, or RFC 3339 (with --observed 7d unless given)')
    .option('--until <time>', 'accepted before then')
    .option('--limit <n>', 'at most so many; with --observed there is no limit', '50')
    .action(async (flags: ListFlags) => {
      if (flags.observed === true) await report(flags, io);
      else await list(flags, io);
    });
  asksDaemon(
    runs
      .command('show <id>')
      .description('one run: its story, its verdicts, its effects')
      .addHelpText('after', helpExamples('runs show r-1a2b3c')),
  ).action(async (id: string, flags: Flags) => {
    const run = await createClient(flags).get<OneRun>(`/api/v1/runs/${encodeURIComponent(id)}`);
    print(io, flags.output, run, () => told(run));
  });
};

async function list({ output, limit, state, rule, since, until, ...reach }: ListFlags, io: Io): Promise<void> {
  if (output === 'csv') throw new CommandError('-o csv is for --observed: it has the columns of that report', EXIT.usage);
  const now = Date.now();
  const query = new URLSearchParams({ limit });
  if (state !== undefined) query.set('state', state);
  if (rule !== undefined) query.set('rule', rule);
  if (since !== undefined) query.set('since', String(timeOf('--since', since, now)));
  if (until !== undefined) query.set('before', String(timeOf('--until', until, now)));
  const found = await createClient(reach).get<Run[]>(`/api/v1/runs?${query.toString()}`);
  print(io, output, found, () => listed(found, now));
}

async function report({ output, state, rule, since = '7d', until, ...reach }: ListFlags, io: Io): Promise<void> {
  if (state !== undefined) throw new CommandError('--state does not go with --observed: the report tells every state', EXIT.usage);
  const now = Date.now();
  const period = {
    since: timeOf('--since', since, now),
    until: until === undefined ? null : timeOf('--until', until, now),
  };
  if (period.since >= (period.until ?? now)) throw new CommandError('--since must be earlier than --until', EXIT.usage);
  const asked = { ...period, now, ...(rule === undefined ? {} : { rule }) };
  const told = await askObserved(createClient(reach), asked);
  if (output === 'csv') io.out(observedCsv(told).replace(/\n$/, ''));
  else print(io, output, told, () => observedTable(told));
}

function listed(runs: readonly Run[], now: number): string {
  if (runs.length === 0) return 'No runs.';
  const rows = runs.map((run) => [
    run.id,
    run.rule,
    run.target.key,
    run.state,
    run.hold?.reason ?? run.end?.reason ?? '',
    run.dry === null ? '' : 'dry',
    age(now - run.acceptedAt),
  ]);
  return table(['run', 'rule', 'target', 'state', 'reason', 'mode', 'age'], rows);
}

function told(run: OneRun): string {
  return [
    `${run.id}  ${run.rule}  ${run.target.key}`,
    sentenceOfTrigger(run.trigger),
    sentenceOfState(run),
    ...(run.end?.reached === undefined ? [] : [sentenceOfReached(run.end.reached)]),
    ...section('Effects', run.effects.map(sentenceOfEffect)),
    ...section('Verdicts', run.verdicts.map(sentenceOfVerdict)),
    ...section('Refused on its way', (run.refused ?? []).map(sentenceOfRefused)),
    ...section(
      'Evidence',
      run.evidence.map(({ collector, path, bytes, sha256 }) => `${path}: ${collector}, ${bytes} bytes, sha256 ${sha256.slice(0, 12)}`),
    ),
    ...section('Story', run.audit.map(storyLine)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
