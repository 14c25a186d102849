import type { ConfigSource, Snapshot } from '../config/config-source.ts';
import type { Config } from '../config/config.ts';
import { unpackSet } from '../config/kept-set.ts';
import { withProcess, type Loaded } from '../config/load.ts';
import { formatProblem } from '../config/report.ts';
import type { Log } from '../core/ports.ts';
import type { SetStore } from '../core/set-store.ts';
import { formatTimestamp } from '../core/timestamp.ts';

/** The set that a daemon starts with. */
export interface FirstSet {
  readonly config: Config;
  /** Why it is the last good one and not what the files say; null = it is what they say. */
  readonly refused: string | null;
}

/**
 * The set of the files; where they are wrong, the last one that was in force, on the addresses, the store and the clusters that the files say.
 * Throws every fault when there is none.
 */
export async function firstSet(
  {
    loaded,
    snapshot,
    source,
    log,
  }: { readonly loaded: Loaded; readonly snapshot: Snapshot; readonly source: ConfigSource; readonly log: Log },
  store: Pick<SetStore, 'lastSet'>,
): Promise<FirstSet> {
  if (loaded.config !== null) return { config: loaded.config, refused: null };
  const faults = loaded.problems.map(formatProblem).join('\n');
  const kept = loaded.process === null ? null : await store.lastSet();
  if (kept === null || loaded.process === null) throw new Error(faults);
  const cannot = (why: string) =>
    new Error(`${faults}\nthe last good configuration, of ${formatTimestamp(kept.at)}, cannot be used either: ${why}`);
  const again = compileKept(source, kept.text, snapshot, loaded.process.dryRun, cannot);
  if (again.config === null) throw cannot(`\n${again.problems.map(formatProblem).join('\n')}`);
  log.error(
    { hash: kept.hash, at: formatTimestamp(kept.at), rules: kept.rules, faults },
    'the configuration is refused: running on the last good one, until a good one is loaded',
  );
  return { config: withProcess(again.config, loaded.process), refused: faults };
}

function compileKept(source: ConfigSource, text: string, { set }: Snapshot, dryRun: boolean, cannot: (why: string) => Error): Loaded {
  try {
    return source.compile({ set: unpackSet(text, set.root?.path ?? null) }, dryRun);
  } catch (error) {
    throw cannot((error as Error).message);
  }
}
