import { manualTarget, ManualStartError } from '../core/manual-target.ts';
import type { Clock, Clusters, Hints, ManualStart, ManualStarted } from '../core/ports.ts';
import { labelsOf, type Starts } from '../core/schedule/starts.ts';
import type { StartStore } from '../core/store-starts.ts';
import type { RuleMatch } from './slot-request.ts';
import { requestAlone } from './start-alone.ts';

export interface StartByHandDeps {
  readonly store: Pick<StartStore, 'start'>;
  /** A rule in force. */
  readonly rule: (name: string) => (RuleMatch & { readonly starts: Starts }) | undefined;
  /** The store has room only for what runs already. */
  readonly nearlyFull: () => Promise<boolean>;
  readonly clusters: Pick<Clusters, 'defaultName'>;
  readonly hints: Pick<Hints, 'wake'>;
  readonly clock: Clock;
}

/** Starts the run that a human asks for. Every guard judges it as it does any other run. */
export async function startByHand(deps: StartByHandDeps, name: string, asked: ManualStart): Promise<ManualStarted> {
  const match = deps.rule(name);
  if (match === undefined) return { kind: 'no-rule', message: `there is no rule ${name}` };
  const { starts, edition } = match;
  if (!starts.manual) return { kind: 'not-manual', message: `rule ${name} may not be started by hand: it does not say manual: true` };
  const defaultCluster = deps.clusters.defaultName;
  try {
    const given = labelsOf(starts, edition.rule, asked.labels);
    const { labels } = manualTarget(edition, given, asked.target, defaultCluster);
    const trigger = { kind: 'manual', id: asked.by, why: asked.why } as const;
    const dry = match.dry ?? (asked.dryRun ? 'flag' : null);
    return await start(deps, requestAlone({ ...match, dry }, labels, { defaultCluster, receivedAt: deps.clock.now(), trigger }));
  } catch (error) {
    if (error instanceof ManualStartError) return { kind: 'bad-target', message: error.message };
    throw error;
  }
}

async function start({ store, nearlyFull, hints }: StartByHandDeps, request: ReturnType<typeof requestAlone>): Promise<ManualStarted> {
  if (await nearlyFull()) return { kind: 'full', message: 'the store is nearly full: give it more memory (maxmemory)' };
  const answer = await store.start(request);
  if (answer.kind === 'live') return { kind: 'live', run: answer.run };
  void hints.wake([answer.hint]);
  return { kind: 'started', run: answer.hint.run };
}
