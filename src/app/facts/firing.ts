import type { Edition } from '../../core/edition.ts';
import { alertsResolved, allResolved } from '../../core/episodes.ts';
import type { FactTypes, FiringFact } from '../../core/facts.ts';
import { ClusterError, type AlertSource, type SuppressionSource } from '../../core/ports.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import { whyUnread } from './deadline.ts';

/**
 * What names the alert of this rule and target across restarts of the target. A label that the alert does not have must be absent there
 * too, which both servers write as an empty value.
 */
export function alertLabels(run: Run, edition: Edition): Record<string, string> {
  return Object.fromEntries(edition.rule.verify.alertLabels.map((name) => [name, run.labels[name] ?? '']));
}

type Said = { readonly source: AlertSource['kind']; readonly state: FiringFact['state'] };

/** The first source that can tell, and why those before it could not. */
async function ask(sources: readonly AlertSource[], labels: Record<string, string>, signal: AbortSignal) {
  const silent: string[] = [];
  for (const source of sources) {
    try {
      const said: Said = { source: source.kind, state: await source.state(labels, signal) };
      return { said, silent };
    } catch (error) {
      silent.push(`${source.kind}: ${whyUnread(error)}`);
    }
  }
  return { said: null, silent };
}

/** Throws `ClusterError` when sources are configured and none of them can tell. */
export async function readFiring(sources: readonly AlertSource[], run: Run, edition: Edition, signal: AbortSignal): Promise<FiringFact> {
  const resolvedByWebhook = allResolved(run);
  const webhookAlone: FiringFact = { source: null, state: resolvedByWebhook ? 'not-firing' : 'firing', resolvedByWebhook };
  if (sources.length === 0 || run.trigger.kind !== 'alert') return webhookAlone;
  const { said, silent } = await ask(sources, alertLabels(run, edition), signal);
  if (said === null) throw new ClusterError('unreachable', silent.join('; '));
  return { ...said, resolvedByWebhook };
}

export async function readSuppression(
  source: SuppressionSource | null,
  run: Run,
  edition: Edition,
  signal: AbortSignal,
): Promise<FactTypes['suppression']> {
  if (source === null || run.trigger.kind !== 'alert') return null;
  // An alert that a settled Alertmanager does not know is neither silenced nor inhibited there.
  return (await source.suppression(run.trigger.id, alertLabels(run, edition), signal)) ?? { silencedBy: [], inhibitedBy: [] };
}

/** A run that no alert started, and that one joined, may lack its labels: without them other alerts, or none, would be asked about. */
function namesAlert(run: Run, edition: Edition): boolean {
  return run.trigger.kind === 'alert' || edition.rule.verify.alertLabels.every((name) => run.labels[name] !== undefined);
}

type AlertReading = Pick<Extract<RunEvent, { kind: 'probed' }>, 'alert' | 'message'>;

/** Whether the alert is gone: by the sources in order, and where none can tell, by what the webhook said since the effect. */
export async function probeAlert(sources: readonly AlertSource[], run: Run, edition: Edition, signal: AbortSignal): Promise<AlertReading> {
  if (Object.keys(run.episodes).length === 0) return { alert: 'clear', message: 'no alert belongs to the run' };
  const { said, silent } = await ask(namesAlert(run, edition) ? sources : [], alertLabels(run, edition), signal);
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
