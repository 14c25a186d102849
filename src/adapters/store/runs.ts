import type { BeginAnswer, ClaimAnswer, CommitAnswer, EndRecord, RunStore, SignalAnswer } from '../../core/store.ts';
import type { Brake } from '../../core/brake.ts';
import type { Reason } from '../../core/reasons.ts';
import { RUN_SCHEMA, type EffectOutcome, type Run, type RunEvent } from '../../core/run.ts';
import { StoreError } from '../../core/store.ts';
import { list, number, object, oneOf, optionalText, text, timeOrNone } from './decode.ts';
import { auditPart, escalationPart, hintFrom } from './requests.ts';
import { effectFrom, effectsFrom, eventsFrom, runFrom } from './run-record.ts';
import { TextList, type RunScript } from './scripts.ts';

/** What a run waits for in a queue. */
const QUEUES: ReadonlySet<Reason> = new Set(['target-busy', 'expected', 'too-many-in-flight', 'lining-up']);

/** `confirm` waits for the replicas; it throws `not-replicated`. */
export function runStore(script: RunScript, confirm: () => Promise<void>): RunStore {
  const commit = async (request: object, texts: TextList): Promise<CommitAnswer> => committed(await script('commit', request, texts.texts));
  const finish: RunStore['finish'] = async (run, epoch, effect, state, outcome) => {
    const texts = new TextList();
    const request = { run, epoch, effect, state, outcome: texts.json(outcome) };
    return oneOf(['ok', 'seen'] as const, await script('finish', request, texts.texts));
  };
  return {
    async claim(run, version, worker) {
      return claimed(run, await script('claim', { run, version, worker }));
    },
    keep(run, epoch, events, audit) {
      const texts = new TextList();
      return commit({ ...commitPart(run, epoch, events, audit, texts), mode: 'keep' }, texts);
    },
    park(run, epoch, events, ms, audit, waitFor = [], places = []) {
      const texts = new TextList();
      const busy = run.state === 'holding' && run.hold !== null && QUEUES.has(run.hold.reason);
      const part = {
        ...commitPart(run, epoch, events, audit, texts),
        mode: 'park',
        ms: Math.max(0, ms),
        busy,
        waitFor,
        places,
        line: run.hold?.reason === 'lining-up',
      };
      return commit(part, texts);
    },
    end(run, epoch, events, record, audit) {
      const texts = new TextList();
      return commit({ ...commitPart(run, epoch, events, audit, texts), ...endPart(run, record, texts), mode: 'end' }, texts);
    },
    async begin({ run, audit, ...request }) {
      const texts = new TextList();
      const { epoch, events, effect } = request;
      const part = { ...request, ...commitPart(run, epoch, events, audit, texts), plan: texts.add(request.plan) };
      const answer = begun(effect, await script('begin', part, texts.texts));
      if (answer.kind === 'go') await confirmed(confirm, (outcome) => finish(run.id, epoch, effect, 'rejected', outcome));
      return answer;
    },
    finish,
    async signal(run, event) {
      const texts = new TextList();
      const answer = signalled(await script('signal', { run, ...signalPart(event), event: texts.json(event) }, texts.texts));
      if (answer.kind === 'ok') await confirm();
      return answer;
    },
    async sweep(limit) {
      return list(await script('sweep', { limit })).map(hintFrom);
    },
  };
}

/** An intent that the replicas do not know of must not be carried out: it is taken back, and the caller told. */
async function confirmed(confirm: () => Promise<void>, takeBack: (outcome: EffectOutcome) => Promise<unknown>): Promise<void> {
  try {
    await confirm();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await takeBack({ kind: 'rejected', reason: 'not-replicated', message });
    throw error;
  }
}

function commitPart(run: Run, epoch: number, events: number, audit: Parameters<RunStore['keep']>[3], texts: TextList): object {
  return {
    run: run.id,
    epoch,
    events,
    state: run.state,
    schema: RUN_SCHEMA,
    doc: texts.json(run),
    ask: run.state === 'awaiting-approval' ? (run.approval?.planHash ?? null) : null,
    paused: run.state === 'holding' && run.hold?.reason === 'paused',
    dry: run.dry !== null,
    audit: auditPart(audit, texts),
  };
}

function endPart(run: Run, record: EndRecord, texts: TextList): object {
  const { memory, cooldownMs, targetCooldownMs, subject, escalation, clears } = record;
  if (run.state === 'escalated' && escalation === null) {
    throw new StoreError('protocol', `run ${run.id} ends escalated without an escalation: nobody would hear of it`);
  }
  const told = escalation === null ? null : escalationPart({ ...escalation, run: run.id }, texts);
  // Whoever ended without an incident of its own leaves nothing to wait for: what the alert still does decides.
  const over = clears || run.state === 'cancelled' || run.state === 'skipped';
  return { cover: coverOf(run), clears: over, rule: run.rule, memory, cooldownMs, targetCooldownMs, subject, escalation: told };
}

/** What the end of a run means for alerts that go on firing (principle 2). */
function coverOf(run: Run): string {
  if (run.state === 'succeeded' || run.state === 'observed') return run.state;
  if (run.state === 'skipped' && run.end?.reason === 'resolved') return 'resolved';
  if (run.state === 'cancelled' || run.end?.reason === 'rejected') return run.state === 'escalated' ? 'incident' : 'human';
  return run.state === 'escalated' ? 'incident' : 'none';
}

function signalPart(event: RunEvent): object {
  const answers = event.kind === 'approve' || event.kind === 'reject';
  return answers ? { kind: event.kind, plan: event.planHash, by: event.by } : { kind: event.kind };
}

function claimed(run: string, answer: unknown): ClaimAnswer {
  const [tag, ...rest] = list(answer);
  const kind = oneOf(['ok', 'stale', 'gone', 'busy', 'ended'], tag);
  if (kind === 'busy') return { kind, untilMs: number(rest[0]) };
  if (kind !== 'ok') return { kind };
  const [version, epoch, events, now, fields, inbox, fx, plans, results, unblocked] = rest;
  return {
    kind,
    run: runFrom(run, fields),
    version: number(version),
    epoch: number(epoch),
    events: number(events),
    inbox: eventsFrom(inbox),
    effects: effectsFrom(fx, plans, results),
    unblocked: number(unblocked) === 1,
    now: number(now),
  };
}

function committed(answer: unknown): CommitAnswer {
  const [tag, version, ...rest] = list(answer);
  const kind = oneOf(['ok', 'again', 'lost'], tag);
  if (kind === 'lost') return { kind };
  if (kind === 'again') {
    const [events, inbox, now] = rest;
    return { kind, version: number(version), events: number(events), inbox: eventsFrom(inbox), now: number(now) };
  }
  const [dueInMs, events, woken, incident] = rest;
  return {
    kind,
    version: number(version),
    dueInMs: number(dueInMs),
    events: number(events),
    woken: list(woken).map(hintFrom),
    incident: optionalText(incident),
  };
}

const BEGUN = ['go', 'lost', 'event', 'old-facts', 'paused', 'stormy', 'seen', 'held', 'full', 'cooling', 'forgetful', 'spent'] as const;

function begun(effect: string, answer: unknown): BeginAnswer {
  const [tag, one, two, three] = list(answer);
  const kind = oneOf(BEGUN, tag);
  switch (kind) {
    case 'go':
      return { kind, leftMs: number(one), notAfter: number(two) };
    case 'paused':
      return { kind, brake: object<Brake>(one) };
    case 'seen':
      return { kind, effect: effectFrom(effect, object(one), two, three) };
    case 'held':
      return { kind, lock: text(one), holder: text(two) };
    case 'full':
      return { kind, key: text(one), max: number(two) };
    case 'stormy':
    case 'cooling':
    case 'forgetful':
      return { kind, until: number(one) };
    case 'spent':
      return { kind, key: text(one), freesAt: timeOrNone(two) };
    default:
      return { kind };
  }
}

function signalled(answer: unknown): SignalAnswer {
  const [tag, value] = list(answer);
  const kind = oneOf(['ok', 'gone', 'taken'], tag);
  if (kind === 'ok') return { kind, hint: hintFrom(value) };
  return kind === 'taken' ? { kind, by: text(value) } : { kind };
}
