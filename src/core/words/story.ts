import type { AuditEvent, AuditKind } from '../audit.ts';
import type { Json, JsonObject } from '../json.ts';
import { isReason } from '../reasons.ts';
import { printable } from '../safe-text.ts';
import { clockInWords, sentence, sentenceOfReason } from './say.ts';

/** One line for each audit event: `12:00:05 UTC  r-1a  Acts: delete pod …`. */
export function storyLine(event: AuditEvent): string {
  return [clockInWords(event.at), event.run ?? '-', storySentence(event)].join('  ');
}

/**
 * The event's sentence alone, its times said by `clock` (ms since the epoch). A record may be older or younger than this code, so a field
 * that is missing leaves a gap in the sentence and nothing worse.
 */
export function storySentence({ kind, data }: Pick<AuditEvent, 'kind' | 'data'>, clock: (at: number) => string = clockInWords): string {
  return tellers[kind](new Told(data, clock));
}

/** Data of an event, read without trust: it may hold what an alert said. */
class Told {
  readonly #data: JsonObject;
  readonly #clock: (at: number) => string;

  constructor(data: JsonObject, clock: (at: number) => string) {
    this.#data = data;
    this.#clock = clock;
  }

  /** '' where it is missing. */
  text(name: string): string {
    const value = this.#value(name);
    return typeof value === 'string' || typeof value === 'number' ? printable(String(value)) : '';
  }

  clock(name: string): string {
    const value = this.#value(name);
    return typeof value === 'number' ? this.#clock(value) : '';
  }

  is(name: string): boolean {
    return this.#value(name) === true;
  }

  part(name: string): Told {
    const value = this.#value(name);
    return new Told(typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}, this.#clock);
  }

  because(): string {
    const reason = this.text('reason');
    return isReason(reason) ? sentenceOfReason(reason, this.text('detail')) : sentence(this.text('detail') || reason || 'no reason given');
  }

  #value(name: string): Json | undefined {
    return Object.hasOwn(this.#data, name) ? this.#data[name] : undefined;
  }
}

type Teller = (data: Told) => string;

const raised = (data: Told): string => (data.text('priority') === '' ? '' : `: the run is ${data.text('priority')} from now on`);

/** Picks the sentence for a word; a word of another version is told as it stands. */
function byWord(name: string, sentences: Readonly<{ [word: string]: Teller }>): Teller {
  return (data) => {
    const word = data.text(name);
    const teller = Object.hasOwn(sentences, word) ? sentences[word] : undefined;
    return teller === undefined ? sentence(`${name} ${word}`) : teller(data);
  };
}

const state = byWord('to', {
  holding: (data) => `Holds (${data.text('reason')}): ${data.because()}`,
  'awaiting-approval': () => 'Asks a human for approval.',
  running: (data) => `${before(data)}Works on rung ${rung(data)}.`,
  sleeping: byWord('sleep', {
    settle: (data) => `Lets the target settle until ${data.clock('until')}.`,
    wait: (data) => `Waits until ${data.clock('until')}.`,
    backoff: (data) => `Tries the step again at ${data.clock('until')}.`,
    'step-verify': (data) => `Checks whether the step worked, at ${data.clock('until')}.`,
  }),
  verifying: (data) =>
    data.clock('clearSince') === '' ? 'Verifies: not clear yet.' : `Verifies: clear and healthy since ${data.clock('clearSince')}.`,
  reconciling: (data) => `Got no answer to effect ${data.text('effect')}: finds out whether it happened.`,
});

/** A script that ends a run calls the state `to`. */
const ended: Teller = (data) => {
  const would = data.text('would');
  const word = would === '' ? data.text('state') || data.text('to') : would;
  switch (word) {
    case 'effect':
      return `Ends. It would have acted: ${data.because()}`;
    case 'ask':
      return `Ends. It would have asked a human: ${data.because()}`;
    case 'escalate':
      return `Ends. It would have woken a human: ${data.because()}`;
    case 'nothing':
      return `Ends. It would have done nothing: ${data.because()}`;
    case 'succeeded':
      return `Succeeded. ${data.because()}`;
    case 'skipped':
      return `Ends, nothing is left to do: ${data.because()}`;
    case 'cancelled':
      return `Cancelled. ${data.because()}`;
    default:
      return `Hands over to a human (${data.text('reason')}): ${data.because()}`;
  }
};

const result = byWord('state', {
  done: (data) =>
    data.part('outcome').text('kind') === 'would'
      ? `Effect ${data.text('effect')}: not done, only asked for: ${said(data)}`
      : `Effect ${data.text('effect')}: done.`,
  rejected: (data) => `Effect ${data.text('effect')}: refused (${data.part('outcome').text('reason')}): ${said(data)}`,
  abandoned: (data) => `Effect ${data.text('effect')}: did not happen.`,
});

/** An alert is told by its own events. */
function startedBy(data: Told): string {
  switch (data.text('trigger')) {
    case 'schedule':
      return ` on its schedule, for ${data.text('id')}`;
    case 'manual':
      return ` by hand of ${data.text('id')}${data.text('why') === '' ? '' : ` (${data.text('why')})`}`;
    default:
      return '';
  }
}

const tellers: Readonly<{ [K in AuditKind]: Teller }> = {
  'alert-rejected': (data) =>
    data.text('more') === ''
      ? `Alert ${data.text('fingerprint')} left out: ${data.because()}`
      : `${data.text('more')} more alerts of the same webhook left out.`,
  episode: byWord('change', {
    new: (data) => `Alert ${data.text('fingerprint')} begins to fire.`,
    generation: (data) => `Alert ${data.text('fingerprint')} begins to fire anew.`,
    reopened: (data) => `Alert ${data.text('fingerprint')} fires again.`,
    resolved: (data) => `Alert ${data.text('fingerprint')} is resolved.`,
    verified: (data) => `Alert ${data.text('fingerprint')} counts as resolved: verified.`,
  }),
  accepted: (data) => {
    const [rule = '', ...target] = data.text('slot').split('|');
    const by = startedBy(data);
    const team = data.text('team') === '' ? '' : ` of team ${data.text('team')}`;
    return `Accepted for rule ${rule}${team} on ${target.join('|')}${by}${data.is('dry') ? ', only to observe' : ''}.`;
  },
  tick: (data) => {
    const more = data.text('before') === '' ? '' : ` and what followed before ${data.text('before')}`;
    return `Rule ${data.text('rule')} is not run for ${data.text('tick')}${more}: ${data.because()}`;
  },
  attached: byWord('change', {
    new: (data) => `Alert ${data.text('fingerprint')} of the same target joins${raised(data)}.`,
    refire: (data) => `The alert fires again${raised(data)}.`,
    repeat: () => 'The alert is still reported firing.',
    resolved: () => 'The alert is reported resolved.',
  }),
  state,
  step: (data) => `Step ${data.text('path')}: ${sentence([data.text('result'), data.text('message')].filter(Boolean).join(', '))}`,
  intent: (data) => `${data.is('dry') ? 'Would act' : 'Acts'}: ${sentence(data.text('describe') || `effect ${data.text('effect')}`)}`,
  result,
  'late-effect': (data) => `Effect ${data.text('effect')} was given up as not done and happened after all.`,
  signal: byWord('kind', {
    approve: (data) => `Approved by ${data.text('by')}.`,
    reject: (data) => `Rejected by ${data.text('by')}.`,
    cancel: (data) => `Cancel asked for by ${data.text('by')}: ${sentence(data.text('why'))}`,
  }),
  ended,
  incident: byWord('change', {
    opened: (data) => `Wakes a human, incident ${data.text('incident')}: ${sentence(data.text('title'))}`,
    attached: (data) => `Joins incident ${data.text('incident')}: ${sentence(data.text('title'))}`,
  }),
  'incident-changed': byWord('change', {
    acknowledged: (data) => `Incident ${data.text('incident')} acknowledged by ${data.text('by')}.`,
    exhausted: (data) => `Incident ${data.text('incident')}: the policy is exhausted and nobody answered.`,
    reopened: (data) => `Incident ${data.text('incident')} is open again.`,
    resolved: (data) => `Incident ${data.text('incident')} is resolved${by(data)}.`,
    snoozed: (data) => `Incident ${data.text('incident')} is snoozed${by(data)}.`,
  }),
  message: byWord('change', {
    queued: (data) => `Message to ${data.text('receiver')} (${data.text('event')}) queued.`,
    delivered: (data) => `Message to ${data.text('receiver')} (${data.text('event')}) delivered.`,
    undelivered: (data) =>
      `Page to ${data.text('receiver')} not delivered in ${data.text('attempts')} tries, and tried on: ${sentence(data.text('error'))}`,
    failed: (data) => `Message to ${data.text('receiver')} (${data.text('event')}) given up: ${sentence(data.text('error'))}`,
    dropped: (data) => `Message to ${data.text('receiver')} (${data.text('event')}) no longer needed.`,
  }),
  'brake-set': (data) => {
    const until = data.clock('until') === '' ? '' : ` until ${data.clock('until')}`;
    return `Paused ${data.text('scope')} by ${data.text('by')}${until}: ${sentence(data.text('why'))}`;
  },
  'brake-lifted': (data) => `Resumed ${data.text('scope')} by ${data.text('by')}.`,
  storm: byWord('change', {
    began: (data) =>
      `Storm in cluster ${data.text('cluster')}: ${data.text('targets')} targets began to fire at once, and nothing is done there for now.`,
    ended: (data) => `The storm in cluster ${data.text('cluster')} is over.`,
  }),
  store: byWord('change', {
    fresh: (data) => `The store is new: nothing is done until ${data.clock('until')}.`,
    'failed-over': (data) => `Another server took over as the store: nothing is done until ${data.clock('until')}.`,
  }),
  config: (data) => `Configuration ${data.text('hash').slice(0, 12)} with ${data.text('rules')} rules is in force (${data.text('why')}).`,
  'orphan-found': (data) => `Alert ${data.text('fingerprint')} fires and nothing covers it: ${sentence(data.text('then'))}`,
};

/** Why the run works on only now, or on another rung. */
function before(data: Told): string {
  const left = data.part('tried');
  const remediation = left.text('remediation');
  if (remediation !== '') return `Rung ${rung(left)}, ${remediation}, is over (${left.text('outcome')}): ${sentence(left.text('detail'))} `;
  return data.text('from') === 'holding' ? 'Nothing holds it any more. ' : '';
}

function rung(data: Told): string {
  const index = Number(data.text('rung'));
  return Number.isNaN(index) ? '?' : String(index + 1);
}

function said(data: Told): string {
  return sentence(data.part('outcome').text('message') || 'no more was said');
}

function by(data: Told): string {
  return data.text('by') === '' ? '' : ` by ${data.text('by')}`;
}
