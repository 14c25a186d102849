import { allResolved } from '../../../../src/core/episodes.ts';
import type { Reason } from '../../../../src/core/reasons.ts';
import type { BegunEffect, Command, EffectOutcome, Run, RunEvent } from '../../../../src/core/run.ts';
import { samplePlan } from '../../../support/sample.ts';
import { verdict } from './scenario.ts';

/** A world that answers by the fall of dice, truthfully: what it did once, it did, whoever hears of it. */

/** What a world answers is drawn with this many dice. */
export interface Dice {
  pick<T>(of: readonly T[]): T;
  /** One time in so many. */
  once(inTimes: number): boolean;
}

export function diceOf(rolls: readonly number[]): Dice {
  let at = 0;
  const roll = () => rolls[at++ % rolls.length] ?? 0;
  return { pick: (of) => of[roll() % of.length] as never, once: (inTimes) => roll() % inTimes === inTimes - 1 };
}

const holds: readonly Reason[] = ['paused', 'cooling-down', 'target-busy', 'unknown-target', 'not-firing', 'settling'];
const heldByGate: readonly Reason[] = ['target-busy', 'paused', 'old-facts', 'cooling-down'];
const refusals: readonly Reason[] = ['budget-spent', 'not-helping', 'protected', 'quorum-at-risk', 'not-permitted'];
const skips: readonly Reason[] = ['resolved', 'self-healed', 'rule-removed'];

/** What comes from outside. */
export function signal(run: Run, at: number, dice: Dice): RunEvent {
  const planHash = dice.pick([run.approval?.planHash ?? 'none', 'another']);
  return dice.pick<RunEvent>([
    { kind: 'resolved', fingerprint: 'f00dfeed', at },
    { kind: 'resolved', fingerprint: 'f00dfeed', at },
    { kind: 'episode', fingerprint: 'f00dfeed', startsAt: at, at, change: 'refire' },
    { kind: 'episode', fingerprint: 'f00dfeed', startsAt: at, at, change: 'repeat' },
    { kind: 'episode', fingerprint: 'beef', startsAt: at, at, change: 'new' },
    { kind: 'resolved', fingerprint: 'beef', at },
    { kind: 'approve', planHash, by: 'ada', at },
    { kind: 'reject', planHash, by: 'ada', at },
    ...(dice.once(3) ? [{ kind: 'cancel' as const, by: 'ada', why: 'enough', at }] : []),
    { kind: 'shutdown' },
  ]);
}

/** The answer to a command that only asks. */
export function answer(
  run: Run,
  command: Exclude<Command, { kind: 'begin' | 'look-up' | 'park' | 'end' }>,
  now: number,
  dice: Dice,
): RunEvent {
  switch (command.kind) {
    case 'admit':
      return decided(run, 'admit', now, dice);
    case 'permit':
      return dice.once(8) ? { kind: 'plan-refused', path: command.path, message: '0 processes' } : decided(run, 'permit', now, dice);
    case 'check':
      return { kind: 'checked', path: command.path, ok: dice.pick([true, false, null]), message: '', fields: {} };
    case 'collect':
      return { kind: 'collected', path: command.path, ok: dice.pick([true, false]), message: '', evidence: null };
    case 'probe': {
      const clear = { alert: 'clear', health: 'healthy' } as const;
      const alert = dice.pick(['firing', 'pending', 'unreadable', 'clear'] as const);
      const health = dice.pick(['healthy', 'unhealthy', 'unreadable'] as const);
      return { kind: 'probed', ...dice.pick([clear, clear, clear, clear, { alert, health }]), message: '' };
    }
  }
}

/** What the gate says in place of GO; null = GO. */
export function gate(now: number, dice: Dice): RunEvent | null {
  return dice.once(6) ? ({ ...verdict('permit', 'hold', dice.pick(heldByGate)), factsAt: now } as RunEvent) : null;
}

/** What becomes of a call: the effect itself, and what the caller hears of it. */
export function perform(dry: boolean, dice: Dice): { readonly happened: boolean; readonly outcome: EffectOutcome } {
  if (dry) return { happened: false, outcome: { kind: 'would', message: 'accepted' } };
  const happened = dice.pick([true, true, false]);
  if (dice.once(4)) return { happened, outcome: { kind: 'unknown', message: 'timeout' } };
  if (happened) return { happened, outcome: { kind: 'done', output: {} } };
  const reason = dice.pick(['conflict', 'gone', 'not-permitted', 'invalid', 'disruption-budget', 'too-late'] as const);
  return { happened, outcome: { kind: 'rejected', reason, message: '' } };
}

type LookedUp = Extract<RunEvent, { kind: 'looked-up' }>;

/** What is found of an effect that has no result yet, or was given up before. */
export function lookUp({ effect, state }: BegunEffect, happened: boolean, dice: Dice): LookedUp {
  const truth: LookedUp['result'] = happened ? 'done' : 'not-done';
  const result = state === 'abandoned' ? 'not-done' : dice.pick<LookedUp['result']>([truth, truth, truth, 'unreadable', 'undecidable']);
  return { kind: 'looked-up', effect, result, again: dice.pick([true, true, false]), message: '', output: {} };
}

function decided(run: Run, phase: 'admit' | 'permit', now: number, dice: Dice): RunEvent {
  const passed = run.dry !== null && phase === 'permit' ? verdict(phase, 'observe', 'observe-only') : verdict(phase, 'run');
  const memory = dice.once(4) ? { rung: 0, outcome: 'verified', endedAt: now - dice.pick([60_000, 3_590_000]) } : null;
  const over = allResolved(run) ? [verdict(phase, 'skip', 'resolved'), verdict(phase, 'skip', 'resolved')] : [];
  const event = dice.pick<RunEvent>([
    ...over,
    passed,
    passed,
    passed,
    verdict(phase, 'hold', dice.pick(holds), { nextEligibleAt: dice.pick([null, null, now + 90_000]) }),
    verdict(phase, 'hold', dice.pick(holds)),
    ...(dice.once(4) ? [verdict(phase, 'escalate', dice.pick(refusals)), verdict(phase, 'skip', dice.pick(skips))] : []),
    ...(phase === 'permit' ? [verdict(phase, 'ask', 'approval-required'), verdict(phase, 'observe', 'observe-only')] : []),
  ]);
  return { ...event, plan: phase === 'permit' ? samplePlan() : null, factsAt: now, memory } as RunEvent;
}
