import { NOON } from '../../../../support/sample.ts';
import {
  acted,
  awaiting,
  due,
  holding,
  late,
  MINUTE,
  pending,
  reconciling,
  resolved,
  running,
  sleeping,
  twoRungs,
  verifying,
  type Scenario,
} from '../scenario.ts';
import { actionStep, checkStep, collectStep, escalateStep, ladder, waitStep } from '../steps.ts';

/** Rows: due, and the deadline of the run at due. */

const on =
  (column: string) =>
  (token: string, given: Scenario['given'], more: Partial<Scenario> = {}): Scenario => ({
    row: 'due',
    column,
    token,
    given,
    edition: twoRungs,
    event: due,
    ...more,
  });

const waiting = { ...holding, hold: { ...holding.hold!, until: NOON + 5 * MINUTE } };
const settle = (edition: Scenario['edition']) => ({
  given: { ...sleeping, sleep: { kind: 'settle' as const, until: NOON, from: NOON } },
  edition,
});
const verifiedStep = ladder([
  checkStep('health'),
  actionStep('restart', { verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: MINUTE } }),
]);

const deadline = (column: string, token: string, given: Scenario['given']): Scenario => ({
  row: 'deadline of the run passed, at due',
  column,
  token,
  given: late(given),
  edition: twoRungs,
  event: due,
});

const held = on('pending / holding');
const asked = on('awaiting-approval');
const works = on('running');
const sleeps = on('sleeping');
const verifies = on('verifying');
const reconciles = on('reconciling');

export const dueScenarios: readonly Scenario[] = [
  held('parks', waiting),
  held('admit', pending),
  held('admit', holding),
  held('permit', acted({ ...holding, at: 1 })),
  asked('parks', awaiting),
  asked('escalated(approval-expired)', awaiting, { after: 15 * MINUTE }),
  asked('running', resolved(awaiting)),
  asked('verifying(resolved)', acted(resolved(awaiting))),
  works('check', running),
  works('collect', running, { edition: ladder([collectStep('logs')]) }),
  works('permit', running, { edition: ladder([actionStep('restart')]) }),
  works('sleeping(wait)', running, { edition: ladder([waitStep('pause')]) }),
  works('escalated(handed-over)', running, { edition: ladder([escalateStep('storage-team')]) }),
  works('escalated(handed-over)', running, { edition: ladder([escalateStep('storage-team', '${labels.nowhere}')]) }),
  works('escalated(unresolved-expression)', running, { edition: ladder([checkStep('health', { if: 'labels.nowhere == "x"' })]) }),
  works('verifying(not-applicable)', running, { edition: ladder([checkStep('health', { if: 'false' })]) }),
  works('verifying(acted)', acted({ ...running, at: 2 })),
  works('verifying(resolved)', acted(resolved(running))),
  works('admit', resolved(running)),
  sleeps('parks', { ...sleeping, sleep: { kind: 'wait', until: NOON + 5 * MINUTE, from: NOON } }),
  sleeps('sleeping(step-verify)', settle(verifiedStep).given, { edition: verifiedStep }),
  sleeps('check', { ...sleeping, sleep: { kind: 'step-verify', until: NOON, from: NOON } }, { edition: verifiedStep }),
  sleeps('running', { ...sleeping, at: 0 }),
  sleeps('running', { ...sleeping, sleep: { kind: 'backoff', until: NOON, from: NOON } }),
  sleeps('verifying(acted)', acted(settle(twoRungs).given)),
  sleeps('verifying(resolved)', acted(resolved(sleeping))),
  sleeps('running', resolved(sleeping)),
  verifies('probe', verifying),
  reconciles('parks', reconciling, { after: 11_000 }),
  reconciles('look-up', reconciling),
  deadline('awaiting-approval', 'parks', awaiting),
  deadline('running', 'escalated(timeout)', running),
  deadline('sleeping', 'escalated(timeout)', sleeping),
  deadline('verifying', 'escalated(timeout)', verifying),
  deadline('reconciling', 'escalated(unknown-effect)', reconciling),
];
