import type { Edition } from '../../core/edition.ts';
import { ClusterError } from '../../core/ports.ts';
import type { Run } from '../../core/run.ts';
import type { EpisodeStore } from '../../core/store.ts';

/** An alert of a run: the one that started it, or one that joined it. */
export interface RunAlert {
  readonly fingerprint: string;
  /** As far as the webhook told. */
  readonly firing: boolean;
  /** See `alertLabels`. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What names an alert of this rule and target across restarts of the target. A label that the alert does not have must be absent there
 * too, which both servers write as an empty value.
 */
export function alertLabels({ labels }: Pick<Run, 'labels'>, edition: Edition): Record<string, string> {
  return Object.fromEntries(edition.rule.verify.alertLabels.map((name) => [name, labels[name] ?? '']));
}

/**
 * All alerts of the run, each by labels of its own: one rule may take several of a target, and what is said of one says nothing about the
 * others. Throws `ClusterError` where it is not known what one that fires is called.
 */
export async function alertsOf(store: Pick<EpisodeStore, 'episode'>, run: Run, edition: Edition): Promise<readonly RunAlert[]> {
  const started = run.trigger.kind === 'alert' ? run.trigger.id : null;
  const joined = Object.keys(run.episodes).filter((fingerprint) => fingerprint !== started);
  const others = await Promise.all(joined.map((fingerprint) => joinedAlert(store, run, edition, fingerprint)));
  if (started === null) return others.flat();
  const firing = run.episodes[started]?.status !== 'resolved';
  return [{ fingerprint: started, firing, labels: alertLabels(run, edition) }, ...others.flat()];
}

/** One that is over may be forgotten. */
async function joinedAlert(store: Pick<EpisodeStore, 'episode'>, run: Run, edition: Edition, fingerprint: string): Promise<RunAlert[]> {
  const firing = run.episodes[fingerprint]?.status === 'firing';
  const episode = await store.episode(fingerprint);
  if (episode !== null) return [{ fingerprint, firing, labels: alertLabels(episode, edition) }];
  if (firing) throw new ClusterError('invalid', `nothing is known of alert ${fingerprint}, which fires too`);
  return [];
}
