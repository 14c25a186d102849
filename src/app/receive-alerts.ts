import type { Alert } from '../core/alert.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { FailPoints } from '../core/fail-point.ts';
import type { JsonObject } from '../core/json.ts';
import type { Clock, Clusters, Hints, IntakeAnswer, Log, Telemetry } from '../core/ports.ts';
import { quietLog, type QuietLog } from '../core/quiet.ts';
import type { IntakeReason } from '../core/reasons.ts';
import type { StormPolicy } from '../core/storm.ts';
import { StoreError, type AcceptAlert, type AcceptAnswer, type IntakeStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { parseWebhook, WebhookError, type Webhook } from '../core/webhook.ts';
import { AcceptLine, chunkSize } from './accept-line.ts';
import type { Arrivals } from './arrivals.ts';
import { slotRequest, type RuleMatch } from './slot-request.ts';

export interface ReceiveDeps {
  readonly store: IntakeStore;
  /** The store has room only for what runs already. */
  nearlyFull(): Promise<boolean>;
  /** The rules in force that take the alert, in their order. */
  match(alert: Alert): readonly RuleMatch[];
  readonly clusters: Pick<Clusters, 'defaultName'>;
  /** Remembers what came in, for those who ask; absent = nobody does. */
  readonly arrivals?: Arrivals;
  /** May lose a hint without harm: the store knows what is due. */
  readonly hints: Pick<Hints, 'wake'>;
  readonly telemetry: Pick<Telemetry, 'alertsReceived' | 'alertsRejected'>;
  readonly clock: Clock;
  readonly timing: Pick<Timing, 'intakeMs'>;
  readonly log: Log;
  /** When a cluster counts as stormy; left out = never. */
  readonly storm?: () => StormPolicy | null;
  readonly failPoint?: FailPoints;
}

/** Why one alert was left out, as the audit tells it. */
interface Rejection extends JsonObject {
  readonly reason: IntakeReason;
  readonly message: string;
}

/** Share of the deadline after which nothing is begun. */
const beginWithin = 0.75;
/** Rejections told one by one; beyond that a webhook full of nonsense is told by its number. */
const toldOneByOne = 100;

/**
 * Takes the body of a webhook. `accepted` only after the last of its alerts is durable; a part of it may be stored in the other cases, and
 * is the same when it comes again. Every alert stands for itself: one that is malformed is rejected, its neighbours are not.
 */
export function createReceiver(deps: ReceiveDeps): (body: unknown) => Promise<IntakeAnswer> {
  const shared: Shared = { quiet: quietLog(deps.log, deps.clock), line: new AcceptLine(deps) };
  return (body) => receiveAlerts(deps, shared, body);
}

/** What all webhooks of one receiver share. */
interface Shared {
  readonly quiet: QuietLog;
  readonly line: AcceptLine;
}

async function receiveAlerts(deps: ReceiveDeps, shared: Shared, body: unknown): Promise<IntakeAnswer> {
  const webhook = read(body);
  if (webhook instanceof WebhookError) {
    return { kind: webhook.kind === 'too-many' ? 'too-large' : 'malformed', message: webhook.message };
  }
  const { promise: late, resolve } = Promise.withResolvers<IntakeAnswer>();
  const message = `not stored within ${deps.timing.intakeMs} ms: try again`;
  const timer = setTimeout(() => resolve({ kind: 'unavailable', message }), deps.timing.intakeMs);
  try {
    return await Promise.race([new Intake(deps, shared).take(webhook), late]);
  } finally {
    clearTimeout(timer);
  }
}

function read(body: unknown): Webhook | WebhookError {
  try {
    return parseWebhook(body);
  } catch (error) {
    if (error instanceof WebhookError) return error;
    throw error;
  }
}

/** One webhook on its way into the store. */
class Intake {
  #accepted = 0;
  #rejected = 0;
  readonly #deps: ReceiveDeps;
  readonly #quiet: QuietLog;
  readonly #line: AcceptLine;
  /** ms, by the wall and by the monotonic clock. */
  readonly #receivedAt: number;
  readonly #since: number;

  constructor(deps: ReceiveDeps, { quiet, line }: Shared) {
    this.#deps = deps;
    this.#quiet = quiet;
    this.#line = line;
    this.#receivedAt = deps.clock.now();
    this.#since = deps.clock.monotonic();
    deps.arrivals?.webhook(this.#receivedAt);
  }

  async take({ alerts, rejected: malformed, truncatedAlerts, externalURL }: Webhook): Promise<IntakeAnswer> {
    if (truncatedAlerts > 0)
      this.#quiet.warn('truncated', { truncatedAlerts, externalURL }, 'Alertmanager cut alerts off: max_alerts is set');
    for (const status of ['firing', 'resolved'] as const) {
      this.#deps.telemetry.alertsReceived(status, alerts.filter((alert) => alert.status === status).length);
    }
    const rejected: Rejection[] = malformed.map((rejection) => ({ ...rejection }));
    const accepted = alerts.flatMap((alert) => this.#request(alert, rejected));
    for (const { reason } of rejected) this.#reject(reason);
    try {
      if (await this.#deps.nearlyFull())
        return { kind: 'unavailable', message: 'the store is nearly full: give it more memory (maxmemory)' };
      await this.#store(accepted, this.#tell(rejected));
    } catch (error) {
      if (error instanceof StoreError && error.kind !== 'protocol') return { kind: 'unavailable', message: `the store: ${error.message}` };
      throw error;
    }
    return { kind: 'accepted', accepted: this.#accepted, rejected: this.#rejected };
  }

  /** What the store is asked for one alert; none, and a rejection, when it cannot be worked out. */
  #request(alert: Alert, rejected: Rejection[]): AcceptAlert[] {
    try {
      const matches = alert.status === 'firing' ? this.#deps.match(alert) : [];
      const context = { defaultCluster: this.#deps.clusters.defaultName, receivedAt: this.#receivedAt };
      return [{ ...alert, slots: matches.map((match) => slotRequest(match, alert, context)) }];
    } catch (error) {
      const { fingerprint } = alert;
      this.#quiet.error('match', { fingerprint, err: error }, 'an alert could not be matched');
      rejected.push({ reason: 'invalid-alert', fingerprint, message: `internal error: ${(error as Error).message}` });
      return [];
    }
  }

  async #store(alerts: readonly AcceptAlert[], audit: readonly AuditEntry[]): Promise<void> {
    if (alerts.length === 0) {
      if (audit.length > 0) await this.#deps.store.record(audit);
      return;
    }
    for (let from = 0; from < alerts.length; from += chunkSize) {
      const chunk = alerts.slice(from, from + chunkSize);
      this.#count(chunk, await this.#line.accept({ alerts: chunk, audit: from === 0 ? audit : [], begin: () => this.#demandTime() }));
    }
  }

  /** What is begun with too little time left would be stored and not acknowledged, and so cost the store twice. */
  #demandTime(): void {
    const { clock, timing } = this.#deps;
    if (clock.monotonic() - this.#since > timing.intakeMs * beginWithin)
      throw new StoreError('full', 'more alerts come in than it can take');
  }

  #count(alerts: readonly AcceptAlert[], results: AcceptAnswer['results']): void {
    for (const [index, result] of results.entries()) {
      const alert = alerts[index];
      if (result === 'not-matched' && alert !== undefined) this.#deps.arrivals?.notMatched(alert, this.#receivedAt);
      if (result === 'late-resolve' || result === 'unknown-episode' || result === 'not-matched') this.#reject(result);
      else this.#accepted += 1;
    }
  }

  #reject(reason: IntakeReason): void {
    this.#rejected += 1;
    this.#deps.telemetry.alertsRejected(reason, 1);
  }

  #tell(rejected: readonly Rejection[]): AuditEntry[] {
    const [first] = rejected;
    if (first === undefined) return [];
    this.#quiet.warn('rejected', { ...first, count: rejected.length }, 'alerts of a webhook were rejected');
    const told = rejected.slice(0, toldOneByOne).map((data): AuditEntry => ({ kind: 'alert-rejected', data }));
    const more = rejected.length - told.length;
    return more === 0 ? told : [...told, { kind: 'alert-rejected', data: { more } }];
  }
}
