import type { Escalation } from '../../core/incident.ts';
import type { StormPolicy } from '../../core/storm.ts';
import type { AcceptAlert, AcceptAnswer, IntakeStore, SlotRequest } from '../../core/store.ts';
import { hintFrom, auditPart } from './requests.ts';
import { list, number, oneOf } from './decode.ts';
import { TextList, type RunScript } from './scripts.ts';

const RESULTS = ['new', 'attached', 'same', 'resolved', 'late-resolve', 'unknown-episode', 'not-matched'] as const;
const MAX_ALERTS = 200;
/** Slots remembered as accepted a short while ago, so that a repeat is sent without labels and documents. */
const REMEMBERED = 50_000;

/** (fingerprint, slot) pairs that were accepted by this process, the oldest forgotten first. */
class Recent {
  readonly #known = new Set<string>();

  has(alert: AcceptAlert, slot: SlotRequest): boolean {
    return this.#known.has(keyOf(alert, slot));
  }

  add(alert: AcceptAlert): void {
    for (const slot of alert.slots) {
      const key = keyOf(alert, slot);
      this.#known.delete(key);
      this.#known.add(key);
    }
    for (const oldest of this.#known) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
  }
}

const keyOf = (alert: AcceptAlert, slot: SlotRequest): string => `${alert.fingerprint}|${slot.dry ? 'dry:' : ''}${slot.slot}`;

/** How one slot is sent: with the document of a new run or without, and whether a run is due whatever covers it. */
type Sent = (alert: number, slot: number) => { readonly start: boolean; readonly due: boolean };

/** `confirm` waits for the replicas. */
export function intakeStore(run: RunScript, confirm: () => Promise<void>): IntakeStore {
  const recent = new Recent();
  const send = async (
    alerts: readonly AcceptAlert[],
    audit: Parameters<IntakeStore['accept']>[1],
    storm: StormPolicy | null,
    sent: Sent,
  ) => {
    const texts = new TextList();
    const request = {
      alerts: alerts.map((alert, at) => alertPart(alert, texts, (slot) => sent(at, slot))),
      audit: auditPart(audit, texts),
      storm,
    };
    const [hints, results, needs] = list(await run('accept', request, texts.texts));
    return {
      hints: list(hints).map(hintFrom),
      results: list(results).map((result) => oneOf(RESULTS, result)),
      needs: list(needs).map((need) => list(need).map(number)),
    };
  };
  return {
    async accept(alerts, audit, storm = null): Promise<AcceptAnswer> {
      if (alerts.length > MAX_ALERTS) throw new RangeError(`${alerts.length} alerts in one accept, at most ${MAX_ALERTS}`);
      const first = await send(alerts, audit, storm, (at, slot) => ({ start: isNew(alerts[at], slot, recent), due: false }));
      const answer = first.needs.length === 0 ? first : await again(first, alerts, (more, sent) => send(more, [], storm, sent));
      await confirm();
      for (const alert of alerts) recent.add(alert);
      return { hints: answer.hints, results: answer.results };
    },
    async record(audit) {
      const texts = new TextList();
      await run('record', { audit: auditPart(audit, texts) }, texts.texts);
    },
  };
}

type Send = (alerts: readonly AcceptAlert[], sent: Sent) => Promise<AcceptAnswer & { readonly needs: readonly (readonly number[])[] }>;

/** Sends again, with all that belongs to them, the alerts that turned out to be no repeats, and those for which a run was due. Between the two nothing is acknowledged: a crash is a repeat. */
async function again(first: AcceptAnswer & { needs: readonly (readonly number[])[] }, alerts: readonly AcceptAlert[], send: Send) {
  const places = [...new Set(first.needs.map(([alert = 0]) => alert - 1))];
  const due = new Map(first.needs.map(([alert = 0, slot = 0, isDue = 0]) => [`${alert - 1}.${slot - 1}`, isDue === 1]));
  const second = await send(
    places.flatMap((place) => alerts[place] ?? []),
    (at, slot) => ({ start: true, due: due.get(`${places[at]}.${slot}`) ?? false }),
  );
  const results = first.results.map((result, place) => second.results[places.indexOf(place)] ?? result);
  return { hints: [...first.hints, ...second.hints], results };
}

function isNew(alert: AcceptAlert | undefined, slot: number, recent: Recent): boolean {
  const request = alert?.slots[slot];
  return alert !== undefined && request !== undefined && (alert.again === true || !recent.has(alert, request));
}

function alertPart(alert: AcceptAlert, texts: TextList, sent: (slot: number) => { start: boolean; due: boolean }): object {
  if (alert.status === 'resolved') return { f: alert.fingerprint, end: alert.endsAt ?? alert.startsAt };
  const repeats = alert.slots.length > 0 && alert.slots.every((_, at) => !sent(at).start);
  return {
    f: alert.fingerprint,
    start: alert.startsAt,
    again: alert.again ?? null,
    ...(repeats ? {} : { labels: texts.json(alert.labels), annotations: texts.json(alert.annotations) }),
    slots: alert.slots.map((slot, at) => slotPart(slot, texts, sent(at))),
  };
}

/** A slot of a request, with the document of a new run or without. */
export function slotPart(slot: SlotRequest, texts: TextList, { start, due }: { start: boolean; due: boolean }): object {
  const { slot: name, target, rule, team, dry, pageAfterMs, priority } = slot;
  const of = target === null ? {} : { cluster: target.cluster, target: target.key };
  return { slot: name, ...of, rule, team, dry, pageMs: pageAfterMs, prio: priority, due, start: start ? startPart(slot, texts) : null };
}

function startPart(slot: SlotRequest, texts: TextList): object {
  const doc = slot.doc();
  const crash = slot.dry ? null : slot.escalation();
  return {
    doc: texts.json(doc),
    deadlineMs: doc.deadlineMs,
    schema: doc.schema,
    ...(crash === null ? {} : crashPart(crash, texts)),
  };
}

/** Kept beside the document until a script must speak for the run. */
function crashPart({ policy, report, ...small }: Escalation, texts: TextList): object {
  return { crash: texts.json(small), policy: texts.shared(policy), report: texts.json(report) };
}
