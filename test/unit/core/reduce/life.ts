import fc from 'fast-check';
import type { Edition } from '../../../../src/core/edition.ts';
import { reduce } from '../../../../src/core/reduce/index.ts';
import type { Reason } from '../../../../src/core/reasons.ts';
import { isEnded, type Command, type Run, type RunEvent } from '../../../../src/core/run.ts';
import { defaultTiming } from '../../../../src/core/timing.ts';
import { NOON, samplePlan, sampleRun } from '../../../support/sample.ts';
import { verdict } from './scenario.ts';
import { actionStep, checkStep, collectStep, ladder, waitStep } from './steps.ts';

/** A whole life of a run: the reducer's commands answered by a random world, with random signals in between. */

export const editions: readonly Edition[] = [
  ladder([actionStep('restart')]),
  ladder([checkStep('health'), actionStep('restart', { if: '!steps.health.ok', settleMs: 30_000 })], [actionStep('harder')]),
  ladder(
    [
      collectStep('logs'),
      actionStep('restart', {
        verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: 60_000 },
        retry: { attempts: 2, backoffMs: 5_000 },
      }),
    ],
    [waitStep('pause'), actionStep('harder', { onFailure: 'escalate' })],
  ),
  ladder([checkStep('health', { expect: 'steps.health.ok' })]),
];

export interface Step {
  readonly event: RunEvent;
  readonly before: Run;
  readonly after: Run;
  readonly command: Command | null;
}

export interface Life {
  readonly edition: Edition;
  readonly steps: readonly Step[];
  readonly last: Run;
}

const holds: readonly Reason[] = ['paused', 'cooling-down', 'target-busy', 'unknown-target', 'not-firing', 'settling'];
const refusals: readonly Reason[] = ['budget-spent', 'not-helping', 'protected', 'quorum-at-risk', 'not-permitted'];
const skips: readonly Reason[] = ['resolved', 'self-healed', 'rule-removed'];

/** What a world answers is drawn with this many dice. */
export interface Dice {
  pick<T>(of: readonly T[]): T;
}

export const arbitraryLife: fc.Arbitrary<Life> = fc
  .record({
    edition: fc.constantFrom(...editions),
    dry: fc.boolean(),
    rolls: fc.array(fc.nat(999), { minLength: 20, maxLength: 120 }),
  })
  .map(({ edition, dry, rolls }) => live(edition, dry, rolls));

function live(edition: Edition, dry: boolean, rolls: readonly number[]): Life {
  let at = 0;
  let now = NOON;
  const dice: Dice = { pick: (of) => of[(rolls[at++ % rolls.length] ?? 0) % of.length] as never };
  const steps: Step[] = [];
  let run = sampleRun({ pinned: null, dry: dry ? 'observe' : null });
  const tell = (event: RunEvent): Command | null => {
    const before = run;
    const reduction = reduce(before, edition, event, now, defaultTiming);
    run = reduction.run;
    steps.push({ event, before, after: run, command: reduction.command });
    return reduction.command;
  };
  for (let turns = 0; turns < 400 && !isEnded(run.state); turns += 1) {
    now += dice.pick([0, 50, 5_000]);
    if (dice.pick([true, false, false, false])) tell(signal(run, now, dice));
    let command = isEnded(run.state) ? null : tell({ kind: 'due' });
    while (command !== null && command.kind !== 'park' && command.kind !== 'end') command = tell(answer(run, command, now, dice));
    if (command?.kind === 'park') now = Math.max(now, dice.pick([command.until, command.until + 60_000, now + 1_000]));
  }
  return { edition, steps, last: run };
}

const clear = { alert: 'clear', health: 'healthy' } as const;

function signal(run: Run, at: number, dice: Dice): RunEvent {
  const planHash = dice.pick([run.approval?.planHash ?? 'none', 'another']);
  const open = run.open?.effect ?? run.effects[0]?.id ?? '0/restart/1';
  return dice.pick<RunEvent>([
    { kind: 'resolved', fingerprint: 'f00dfeed', at },
    { kind: 'episode', fingerprint: 'f00dfeed', startsAt: at, at, change: 'refire' },
    { kind: 'episode', fingerprint: 'beef', startsAt: at, at, change: 'new' },
    { kind: 'resolved', fingerprint: 'beef', at },
    { kind: 'approve', planHash, by: 'ada', at },
    { kind: 'reject', planHash, by: 'ada', at },
    ...(dice.pick([true, false, false]) ? [{ kind: 'cancel' as const, by: 'ada', why: 'enough', at }] : []),
    { kind: 'late-result', effect: open, outcome: { kind: 'done', output: {} }, at },
    { kind: 'shutdown' },
  ]);
}

function answer(run: Run, command: Command, now: number, dice: Dice): RunEvent {
  switch (command.kind) {
    case 'admit':
      return decided(run, 'admit', now, dice);
    case 'permit':
      return dice.pick([
        decided(run, 'permit', now, dice),
        decided(run, 'permit', now, dice),
        { kind: 'plan-refused', path: command.path, message: '0 processes' },
      ]);
    case 'begin': {
      const { effect, plan } = command;
      const outcome = run.dry === null ? worldAnswer(dice) : ({ kind: 'would', message: 'accepted' } as const);
      return { kind: 'effect', effect, plan, notAfter: now + 10_000, outcome };
    }
    case 'check':
      return { kind: 'checked', path: command.path, ok: dice.pick([true, false, null]), message: '', fields: {} };
    case 'collect':
      return { kind: 'collected', path: command.path, ok: dice.pick([true, false]), message: '', evidence: null };
    case 'look-up':
      return {
        kind: 'looked-up',
        effect: command.effect,
        result: dice.pick(['done', 'not-done', 'unreadable', 'undecidable']),
        again: dice.pick([true, false]),
        message: '',
        output: {},
      };
    case 'probe':
      return {
        kind: 'probed',
        ...dice.pick([
          clear,
          clear,
          clear,
          clear,
          {
            alert: dice.pick(['firing', 'pending', 'unreadable'] as const),
            health: dice.pick(['healthy', 'unhealthy', 'unreadable'] as const),
          },
        ]),
        message: '',
      };
    case 'park':
    case 'end':
      throw new Error('not a question');
  }
}

function worldAnswer(dice: Dice): Extract<RunEvent, { kind: 'effect' }>['outcome'] {
  return dice.pick([
    { kind: 'done', output: {} },
    { kind: 'done', output: {} },
    { kind: 'unknown', message: 'timeout' },
    {
      kind: 'rejected',
      reason: dice.pick(['conflict', 'gone', 'not-permitted', 'invalid', 'disruption-budget', 'too-late'] as const),
      message: '',
    },
  ]);
}

function decided(run: Run, phase: 'admit' | 'permit', now: number, dice: Dice): RunEvent {
  const passed = run.dry !== null && phase === 'permit' ? verdict(phase, 'observe', 'observe-only') : verdict(phase, 'run');
  const event = dice.pick<RunEvent>([
    passed,
    passed,
    passed,
    verdict(phase, 'hold', dice.pick(holds)),
    verdict(phase, 'escalate', dice.pick(refusals)),
    verdict(phase, 'skip', dice.pick(skips)),
    ...(phase === 'permit' ? [verdict(phase, 'ask', 'approval-required'), verdict(phase, 'observe', 'observe-only')] : []),
  ]);
  return event.kind === 'decided' ? { ...event, plan: event.plan === null ? null : samplePlan(), factsAt: now } : event;
}
