import { asksDaemon, createClient, print, type Output, type Reach } from './client.ts';
import type { AddCommand } from './command.ts';
import type { Brake } from '../core/brake.ts';
import { sentenceOfForgetful, sentenceOfUndelivered } from '../core/words.ts';
import { age, table } from './table.ts';

interface Status {
  readonly version: string;
  readonly startedAt: number;
  readonly dryRun: boolean;
  readonly config: { readonly hash: string; readonly loadedAt: number; readonly problem: string | null; readonly lastGood: boolean };
  readonly store: { readonly kind: string; readonly installation: string; readonly problem: string | null };
  readonly clusters: readonly { readonly name: string; readonly kind: string }[];
  readonly counts: {
    readonly live: Readonly<Record<string, number>>;
    readonly oldestDueMs: number;
    readonly pageOverdue: number;
    readonly incidentsOpen: number;
    readonly pagesUndelivered: number;
    readonly forgetfulMs: number;
  } | null;
}

export const addStatus: AddCommand = (program, io) => {
  asksDaemon(program.command('status').description('what the daemon is doing, and what holds it back')).action(
    async (flags: Reach & { output: Output }) => {
      const client = createClient(flags);
      const [status, brakes] = await Promise.all([
        client.get<Status>('/api/v1/status'),
        client.get<Brake[]>('/api/v1/brakes').catch(() => null),
      ]);
      print(io, flags.output, { ...status, brakes }, () => told(status, brakes, Date.now()));
    },
  );
};

function told(status: Status, brakes: readonly Brake[] | null, now: number): string {
  const { counts, config, store } = status;
  const live = Object.entries(counts?.live ?? {}).filter(([, count]) => count > 0);
  const rows: [string, string][] = [
    ['version', `${status.version}, up for ${age(now - status.startedAt)}${status.dryRun ? ', dry run' : ''}`],
    ['config', configIs(config, now)],
    ['store', `${store.kind}, installation ${store.installation}${store.problem === null ? '' : `: ${store.problem}`}`],
    ['clusters', status.clusters.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none: every target is unknown'],
    ['live runs', live.map(([state, count]) => `${count} ${state}`).join(', ') || 'none'],
    ['incidents', counts === null ? 'unknown' : `${counts.incidentsOpen} open`],
    ...remarks(counts),
    ['brakes', brakes === null ? 'unknown' : brakes.map(({ scope, by, why }) => `${scope} (${by}: ${why})`).join('; ') || 'none'],
  ];
  return table(['what', 'is'], rows);
}

function configIs({ hash, loadedAt, problem, lastGood }: Status['config'], now: number): string {
  const refused = problem === null ? '' : `; the newest was refused: ${problem}`;
  return `${hash.slice(0, 12)}, ${lastGood ? 'the last good one, ' : ''}loaded ${age(now - loadedAt)} ago${refused}`;
}

function remarks(counts: Status['counts']): [string, string][] {
  const pages = counts?.pagesUndelivered ?? 0;
  const holdMs = counts?.forgetfulMs ?? 0;
  return [
    ...(pages === 0 ? [] : [['pages', sentenceOfUndelivered(pages)] as [string, string]]),
    ...(holdMs === 0 ? [] : [['hold', sentenceOfForgetful(holdMs)] as [string, string]]),
  ];
}
