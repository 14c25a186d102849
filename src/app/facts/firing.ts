import type { Edition } from '../../core/edition.ts';
import { alertsResolved, allResolved } from '../../core/episodes.ts';
import type { FactTypes, FiringFact } from '../../core/facts.ts';
import { ClusterError, type AlertSource, type SuppressionSource } from '../../core/ports.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import type { EpisodeStore } from '../../core/store.ts';
import { whyUnread } from './deadline.ts';
import { alertsOf, type RunAlert } from './run-alerts.ts';

/** Whom the alerts of a run are asked of. */
export interface AlertSources {
  /** In the order in which they are asked. */
  readonly sources: readonly AlertSource[];
  /** null = no Alertmanager configured. */
  readonly suppression: SuppressionSource | null;
  readonly episodes: Pick<EpisodeStore, 'episode'>;
}

type Said = { readonly source: AlertSource['kind']; readonly state: FiringFact['state'] };

interface Asked {
  /** null = nobody can tell. */
  readonly said: Said | null;
  /** Why those before could not. */
  readonly silent: readonly string[];
}

/** The first source that can tell of this alert. */
async function ask(sources: readonly AlertSource[], labels: RunAlert['labels'], signal: AbortSignal): Promise<Asked> {
  const silent: string[] = [];
  for (const source of sources) {
    try {
      return { said: { source: source.kind, state: await source.state(labels, signal) }, silent };
    } catch (error) {
      silent.push(`${source.kind}: ${whyUnread(error)}`);
    }
  }
  return { said: null, silent };
}

/** One alert that fires or is pending is enough, and to say that none does takes an answer about each. Those of the same labels are asked about once. */
async function askAbout(sources: readonly AlertSource[], alerts: readonly RunAlert[], signal: AbortSignal): Promise<Asked> {
  const distinct = new Map(alerts.map(({ labels }) => [JSON.stringify(labels), labels]));
  const answers = await Promise.all([...distinct.values()].map((labels) => ask(sources, labels, signal)));
  const saying = (state: FiringFact['state']) => answers.find(({ said }) => said?.state === state);
  const untold = answers.find(({ said }) => said === null);
  return saying('firing') ?? saying('pending') ?? untold ?? saying('not-firing') ?? { said: null, silent: [] };
}

/** Throws `ClusterError` when sources are configured and none of them can tell. */
export async function readFiring(from: AlertSources, run: Run, edition: Edition, signal: AbortSignal): Promise<FiringFact> {
  const resolvedByWebhook = allResolved(run);
  const webhookAlone: FiringFact = { source: null, state: resolvedByWebhook ? 'not-firing' : 'firing', resolvedByWebhook };
  if (from.sources.length === 0 || run.trigger.kind !== 'alert') return webhookAlone;
  const { said, silent } = await askAbout(from.sources, await alertsOf(from.episodes, run, edition), signal);
  if (said === null) throw new ClusterError('unreachable', silent.join('; '));
  return { ...said, resolvedByWebhook };
}

/** Who suppresses all alerts of the run that fire: one that is free is no less in need for what silences another. */
export async function readSuppression(
  { suppression, episodes }: AlertSources,
  run: Run,
  edition: Edition,
  signal: AbortSignal,
): Promise<FactTypes['suppression']> {
  if (suppression === null || run.trigger.kind !== 'alert') return null;
  const alerts = await alertsOf(episodes, run, edition);
  const firing = alerts.filter((alert) => alert.firing);
  const asked = firing.length > 0 ? firing : alerts;
  const answers = await Promise.all(asked.map(({ fingerprint, labels }) => suppression.suppression(fingerprint, labels, signal)));
  // An alert that a settled Alertmanager does not know is neither silenced nor inhibited there, and says nothing of those that it knows.
  const known = answers.filter((answer) => answer !== null);
  if (known.some(({ silencedBy, inhibitedBy }) => silencedBy.length + inhibitedBy.length === 0)) return { silencedBy: [], inhibitedBy: [] };
  return { silencedBy: distinctOf(known, 'silencedBy'), inhibitedBy: distinctOf(known, 'inhibitedBy') };
}

function distinctOf<K extends string>(answers: readonly { readonly [N in K]: readonly string[] }[], name: K): string[] {
  return [...new Set(answers.flatMap((answer) => answer[name]))];
}

type AlertReading = Pick<Extract<RunEvent, { kind: 'probed' }>, 'alert' | 'message'>;

/** Whether every alert of the run is gone: by the sources in order, and where none can tell, by what the webhook said since the effect. */
export async function probeAlert(from: AlertSources, run: Run, edition: Edition, signal: AbortSignal): Promise<AlertReading> {
  if (Object.keys(run.episodes).length === 0) return { alert: 'clear', message: 'no alert belongs to the run' };
  const alerts = from.sources.length === 0 ? [] : await alertsOf(from.episodes, run, edition);
  const { said, silent } = await askAbout(from.sources, alerts, signal);
  if (said !== null) return { alert: said.state === 'not-firing' ? 'clear' : said.state, message: `${said.source} says ${said.state}` };
  const webhook = byWebhook(run);
  return { ...webhook, message: [...silent, webhook.message].join('; ') };
}

/** A webhook is silent between repeats: only a resolve, or a report since the effect, says anything. */
function byWebhook(run: Run): AlertReading {
  if (alertsResolved(run)) return { alert: 'clear', message: 'the webhook says resolved' };
  const since = run.actedAt ?? run.verifying?.since ?? run.since;
  const again = Object.values(run.episodes).some(({ status, lastSeen }) => status === 'firing' && lastSeen > since);
  if (again) return { alert: 'firing', message: 'the webhook reported it again' };
  return { alert: 'unreadable', message: 'the webhook has not said anything since' };
}
