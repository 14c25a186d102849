import { asksDaemon, createClient, type Reach } from './client.ts';
import { print, type Output } from './output.ts';
import { helpExamples, type AddCommand } from './command.ts';
import type { Brake } from '../core/brake.ts';
import { sentenceOfForgetful, sentenceOfStorm, sentenceOfUndelivered, timeInWords } from '../core/words.ts';
import type { StatusFacts } from '../adapters/http/parts.ts';
import type { StoreCounts } from '../core/store-reads.ts';
import { age, table } from './table.ts';

/** The answer of `GET /api/v1/status`; `counts` and `holds` null = the store is away. */
type Status = StatusFacts & {
  readonly store: { readonly problem: string | null };
  readonly counts: StoreCounts | null;
  readonly holds: Readonly<Record<string, number>> | null;
};

export const addStatus: AddCommand = (program, io) => {
  asksDaemon(
    program
      .command('status')
      .description('what the daemon is doing, and what holds it back')
      .addHelpText('after', helpExamples('status', 'status --url http://remediad.monitoring:8484 --token-file token')),
  ).action(async (flags: Reach & { output: Output }) => {
    const client = createClient(flags);
    const [status, brakes] = await Promise.all([
      client.get<Status>('/api/v1/status'),
      client.get<Brake[]>('/api/v1/brakes').catch(() => null),
    ]);
    print(io, flags.output, { ...status, brakes }, () => told(status, brakes, Date.now()));
  });
};

function told(status: Status, brakes: readonly Brake[] | null, now: number): string {
  const { counts, config, store } = status;
  const rows: [string, string][] = [
    ['version', `${status.version}, up for ${age(now - status.startedAt)}`],
    ['mode', status.dryRun ? 'dry run: nothing has an effect, whatever the rules say' : 'as the rules say'],
    ['rules', many(status.rules)],
    ['config', configIs(config, now)],
    ...(status.teams.length === 0 ? [] : [['teams', status.teams.map(teamIs).join('; ')] as [string, string]]),
    ['store', `${store.kind}, installation ${store.installation}${store.problem === null ? '' : `: ${store.problem}`}`],
    ['clusters', status.clusters.map(cluster).join('; ') || 'none: every target is unknown'],
    ['live runs', counts === null ? 'unknown' : many(counts.live)],
    ['holds', status.holds === null ? 'unknown' : many(status.holds)],
    ['incidents', counts === null ? 'unknown' : `${counts.incidentsOpen} not resolved`],
    ...remarks(counts),
    ['brakes', brakes === null ? 'unknown' : brakes.map(brake).join('; ') || 'none'],
  ];
  return table(['what', 'is'], rows);
}

const teamIs = ({ name, namespaces, highestMode, rules }: Status['teams'][number]): string =>
  `${name} (${rules} rules, at most ${highestMode}, in ${namespaces.join(', ')})`;

function configIs({ hash, loadedAt, problem, lastGood }: Status['config'], now: number): string {
  const refused = problem === null ? '' : `; the newest was refused: ${problem}`;
  return `${hash.slice(0, 12)}, ${lastGood ? 'the last good one, ' : ''}loaded ${age(now - loadedAt)} ago${refused}`;
}

/** `2 holding, 1 running`; what there is none of is left out. */
function many(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([what, count]) => `${count} ${what}`).join(', ') || 'none';
}

function brake({ scope, by, why, until }: Brake): string {
  return `${scope} (${by}${until === null ? '' : ` until ${timeInWords(until)}`}: ${why})`;
}

function cluster({ name, kind, lookedAt, problem }: Status['clusters'][number]): string {
  const state = problem ?? (lookedAt === null ? 'not looked at yet' : 'answers');
  return `${name} (${kind}): ${state}`;
}

function remarks(counts: Status['counts']): [string, string][] {
  const pages = counts?.pagesUndelivered ?? 0;
  const holdMs = counts?.forgetfulMs ?? 0;
  return [
    ...(pages === 0 ? [] : [['pages', sentenceOfUndelivered(pages)] as [string, string]]),
    ...(counts?.storms ?? []).map((storm): [string, string] => ['storm', sentenceOfStorm(storm)]),
    ...(holdMs === 0 ? [] : [['hold', sentenceOfForgetful(holdMs)] as [string, string]]),
  ];
}
