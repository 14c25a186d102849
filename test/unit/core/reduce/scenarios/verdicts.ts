import { NOON, onSchedule } from '../../../../support/sample.ts';
import {
  acted,
  atAction,
  dry,
  gaveUp,
  gaveUpTwice,
  holding,
  late,
  MINUTE,
  NOW,
  oneRung,
  pending,
  resolved,
  running,
  sleeping,
  verdict,
  type Scenario,
  row,
} from '../scenario.ts';
import { actionStep, checkStep, ladder } from '../steps.ts';

/** Rows: what admit and permit decide. */

const held = 'pending / holding';
const remembered = { ...verdict('admit', 'run'), memory: { rung: 0, outcome: 'verified', endedAt: NOON } } as Scenario['event'];
const actedHolding = acted({ ...holding, at: 1 });
const longHeld = { ...holding, hold: { ...holding.hold!, from: NOON - 60 * MINUTE } };
const unknownFor = { ...holding, hold: { ...holding.hold!, reason: 'unknown-target' as const, since: NOON - 10 * MINUTE } };
const retried = ladder([checkStep('health'), actionStep('restart', { retry: { attempts: 3, backoffMs: 10_000 } })]);
const strict = ladder([checkStep('health'), actionStep('restart', { onFailure: 'escalate' })]);
const noValue = { kind: 'unresolved', path: 'restart', message: 'labels.pod is missing' } as const;
const refusedPlan = { kind: 'plan-refused', path: 'restart', message: '2 processes match' } as const;

export const verdictScenarios: readonly Scenario[] = [
  row('verdict run', held, 'running', pending, verdict('admit', 'run')),
  row('verdict run', held, 'running', holding, verdict('admit', 'run')),
  row('verdict run', held, 'running', actedHolding, verdict('permit', 'run')),
  row(
    'verdict run',
    held,
    'running',
    { ...holding, tried: [{ rung: 0, remediation: 'rung-0', outcome: 'failed', detail: '', at: NOON }], rung: 1 },
    verdict('admit', 'run'),
  ),
  row('verdict run', held, 'escalated(ladder-end)', pending, remembered, { edition: oneRung }),
  row('verdict run', held, 'escalated(timeout)', late(actedHolding), verdict('permit', 'run')),
  row('verdict run', 'running', 'begin', atAction, verdict('permit', 'run')),
  row('verdict run', 'running', 'escalated(timeout)', late(atAction), verdict('permit', 'run')),
  row('verdict run', 'running', 'check', resolved(running), verdict('admit', 'run')),

  row('verdict ask', held, 'awaiting-approval', actedHolding, verdict('permit', 'ask', 'approval-required')),
  row('verdict ask', held, 'observed(would: ask)', dry(actedHolding), verdict('permit', 'ask', 'approval-required')),
  row('verdict ask', 'running', 'awaiting-approval', atAction, verdict('permit', 'ask', 'approval-required')),
  row('verdict ask', 'running', 'observed(would: ask)', dry(atAction), verdict('permit', 'ask', 'approval-required')),

  row('verdict hold', held, 'holding', pending, verdict('admit', 'hold', 'cooling-down')),
  row('verdict hold', held, 'holding', holding, verdict('admit', 'hold', 'settling')),
  row('verdict hold', held, 'holding', longHeld, verdict('admit', 'hold', 'paused')),
  row('verdict hold', held, 'escalated(held-too-long)', longHeld, verdict('admit', 'hold', 'cooling-down')),
  row(
    'verdict hold',
    held,
    'escalated(held-too-long)',
    pending,
    verdict('admit', 'hold', 'cooling-down', { nextEligibleAt: NOW + 60 * MINUTE }),
  ),
  row('verdict hold', held, 'escalated(its reason)', unknownFor, verdict('admit', 'hold', 'unknown-target'), {
    outcome: 'escalated(unknown-target)',
  }),
  row(
    'verdict hold',
    held,
    'skipped(missed)',
    { ...pending, trigger: onSchedule },
    verdict('admit', 'hold', 'muted', { nextEligibleAt: NOW + 60 * MINUTE }),
  ),
  row('verdict hold', 'running', 'holding', atAction, verdict('permit', 'hold', 'target-busy')),
  row(
    'verdict hold',
    'running',
    'skipped(missed)',
    { ...atAction, trigger: onSchedule },
    verdict('permit', 'hold', 'muted', { nextEligibleAt: NOW + 60 * MINUTE }),
  ),
  row('verdict hold', held, 'reconciling', gaveUp({ ...holding, at: 1 }), verdict('admit', 'hold', 'gone-yet-firing')),
  row('verdict hold', 'running', 'reconciling', gaveUp(atAction), verdict('permit', 'hold', 'gone-yet-firing')),
  row('verdict hold', 'running', 'permit', atAction, verdict('permit', 'hold', 'old-facts')),
  row('verdict hold', 'running', 'holding', { ...atAction, conflicts: 2 }, verdict('permit', 'hold', 'old-facts')),
  row('verdict hold', 'running', 'holding', resolved(running), verdict('admit', 'hold', 'not-firing')),
  row(
    'verdict hold',
    'running',
    'escalated(held-too-long)',
    atAction,
    verdict('permit', 'hold', 'cooling-down', { nextEligibleAt: NOW + 60 * MINUTE }),
  ),

  row('verdict skip', held, 'skipped(its reason)', pending, verdict('admit', 'skip', 'self-healed'), { outcome: 'skipped(self-healed)' }),
  row('verdict skip', held, 'verifying(resolved)', actedHolding, verdict('permit', 'skip', 'resolved')),
  row('verdict skip', held, 'verifying(rule-removed)', actedHolding, verdict('permit', 'skip', 'rule-removed')),
  row('verdict skip', 'running', 'skipped(its reason)', atAction, verdict('permit', 'skip', 'rule-removed'), {
    outcome: 'skipped(rule-removed)',
  }),
  row('verdict skip', 'running', 'skipped(its reason)', resolved(running), verdict('admit', 'skip', 'resolved'), {
    outcome: 'skipped(resolved)',
  }),
  row('verdict skip', 'running', 'verifying(resolved)', acted(atAction), verdict('permit', 'skip', 'resolved')),
  row('verdict skip', 'running', 'verifying(rule-removed)', acted(atAction), verdict('permit', 'skip', 'rule-removed')),
  row('verdict skip', held, 'reconciling', gaveUp({ ...holding, at: 1 }), verdict('admit', 'skip', 'self-healed')),
  row('verdict skip', 'running', 'reconciling', gaveUp(atAction), verdict('permit', 'skip', 'self-healed')),
  row('verdict skip', 'running', 'skipped(its reason)', gaveUpTwice(atAction), verdict('permit', 'skip', 'self-healed'), {
    outcome: 'skipped(self-healed)',
  }),

  row('verdict escalate', held, 'reconciling', gaveUp({ ...holding, at: 1 }), verdict('permit', 'escalate', 'target-gone')),
  row('verdict escalate', 'running', 'reconciling', gaveUp(atAction), verdict('permit', 'escalate', 'target-gone')),
  row('verdict escalate', 'running', 'escalated(its reason)', gaveUp(atAction), verdict('permit', 'escalate', 'protected'), {
    outcome: 'escalated(protected)',
  }),
  row('verdict escalate', held, 'escalated(its reason)', pending, verdict('admit', 'escalate', 'protected'), {
    outcome: 'escalated(protected)',
  }),
  row('verdict escalate', held, 'escalated(its reason)', actedHolding, verdict('permit', 'escalate', 'budget-spent'), {
    outcome: 'escalated(budget-spent)',
  }),
  row('verdict escalate', 'running', 'escalated(its reason)', atAction, verdict('permit', 'escalate', 'quorum-at-risk'), {
    outcome: 'escalated(quorum-at-risk)',
  }),

  row('verdict observe', held, 'verifying(observe-only)', actedHolding, verdict('permit', 'observe', 'observe-only')),
  row('verdict observe', 'running', 'observed(would: effect)', atAction, verdict('permit', 'observe', 'observe-only')),
  row('verdict observe', 'running', 'verifying(observe-only)', acted(atAction), verdict('permit', 'observe', 'observe-only')),
  row('verdict observe', 'running', 'begin', dry(atAction), verdict('permit', 'observe', 'observe-only')),

  row('unresolved', held, 'escalated(unresolved-expression)', actedHolding, noValue),
  row('unresolved', 'running', 'escalated(unresolved-expression)', atAction, noValue),
  row('unresolved', 'sleeping', 'escalated(unresolved-expression)', sleeping, noValue),

  row('plan refused', held, 'next rung', actedHolding, refusedPlan),
  row('plan refused', held, 'escalated(ladder-end)', actedHolding, refusedPlan, { edition: oneRung }),
  row('plan refused', 'running', 'sleeping(backoff)', atAction, refusedPlan, { edition: retried }),
  row('plan refused', 'running', 'next rung', atAction, refusedPlan),
  row('plan refused', 'running', 'escalated(ladder-end)', atAction, refusedPlan, { edition: oneRung }),
  row('plan refused', 'running', 'escalated(step-failed)', atAction, refusedPlan, { edition: strict }),

  row('dry', held, 'observed(would: escalate)', dry(pending), verdict('admit', 'escalate', 'protected')),
  row('dry', held, 'observed(would: nothing)', dry(pending), verdict('admit', 'skip', 'resolved')),
];
