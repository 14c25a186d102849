import type { AuditEvent } from '../core/audit.ts';
import type { Run } from '../core/run.ts';
import { sentenceOfEffect, sentenceOfState, sentenceOfVerdict, storyLine } from '../core/words.ts';
import { asksDaemon, createClient, print, type Output, type Reach } from './client.ts';
import type { AddCommand } from './command.ts';
import { age, table } from './table.ts';

type Flags = Reach & { output: Output; state?: string; rule?: string; limit: string };
type OneRun = Run & { v: number; dueAt: number | null; locks: string[]; audit: AuditEvent[] };

export const addRuns: AddCommand = (program, io) => {
  const runs = program.command('runs').description('what was done, and what is being done');
  asksDaemon(runs.command('list', { isDefault: true }).description('the newest runs'))
    .option('--state <states>', 'only these states, separated by commas')
    .option('--rule <name>', 'only runs of this rule')
    .option('--limit <n>', 'at most so many', '50')
    .action(async (flags: Flags) => {
      const query = new URLSearchParams({ limit: flags.limit });
      if (flags.state !== undefined) query.set('state', flags.state);
      if (flags.rule !== undefined) query.set('rule', flags.rule);
      const found = await createClient(flags).get<Run[]>(`/api/v1/runs?${query.toString()}`);
      print(io, flags.output, found, () => listed(found, Date.now()));
    });
  asksDaemon(runs.command('show <id>').description('one run: its story, its verdicts, its effects')).action(
    async (id: string, flags: Flags) => {
      const run = await createClient(flags).get<OneRun>(`/api/v1/runs/${encodeURIComponent(id)}`);
      print(io, flags.output, run, () => told(run));
    },
  );
};

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
    sentenceOfState(run),
    ...section('Effects', run.effects.map(sentenceOfEffect)),
    ...section('Verdicts', run.verdicts.map(sentenceOfVerdict)),
    ...section(
      'Evidence',
      run.evidence.map(({ collector, path, bytes, sha256 }) => `${path}: ${collector}, ${bytes} bytes, sha256 ${sha256.slice(0, 12)}`),
    ),
    ...section('Story', run.audit.map(storyLine)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
