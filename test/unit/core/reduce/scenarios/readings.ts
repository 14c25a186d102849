import type { RunEvent, Verifying } from '../../../../../src/core/run.ts';
import { byHand, NOON } from '../../../../support/sample.ts';
import { acted, atAction, dry, MINUTE, oneRung, resolved, running, sleeping, verifying, type Scenario, row } from '../scenario.ts';
import { actionStep, checkStep, collectStep, ladder } from '../steps.ts';

/** Rows: what checks, collectors and probes read. */

const checked = (ok: boolean | null, path = 'health'): RunEvent => ({ kind: 'checked', path, ok, message: 'read', fields: {} });
const probed = (
  alert: Extract<RunEvent, { kind: 'probed' }>['alert'],
  health: Extract<RunEvent, { kind: 'probed' }>['health'] = 'healthy',
): RunEvent => ({ kind: 'probed', alert, health, message: 'read' });

const expecting = (over: Parameters<typeof checkStep>[1] = {}) => [
  checkStep('health', { expect: 'steps.health.ok', ...over }),
  actionStep('restart'),
];
const failing = ladder(expecting(), [checkStep('again')]);
const retried = ladder(expecting({ retry: { attempts: 2, backoffMs: 10_000 } }));
const strict = ladder(expecting({ onFailure: 'escalate' }));
const lenient = ladder(expecting({ onFailure: 'continue' }));
const unresolved = ladder([checkStep('health', { expect: 'steps.health.peers > 3' })]);
const unreadable = { ...running, outputs: { health: { result: 'unknown' as const, message: '', at: NOON - 10 * MINUTE, fields: {} } } };

const verifiedStep = ladder(
  [checkStep('health'), actionStep('restart', { verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: 2 * MINUTE } })],
  [checkStep('again')],
);
const stepVerify = acted({ ...sleeping, sleep: { kind: 'step-verify', until: NOON, from: NOON } });

const verifies = (over: Partial<Verifying>): Scenario['given'] => ({ ...verifying, verifying: { ...verifying.verifying!, ...over } });
const against = { at: NOON, what: 'the alert is firing' };
const notActed = (why: Verifying['why']) => ({ ...verifies({ why }), acted: false, actedAt: null, rungActed: false });
const OVER = { after: 11 * MINUTE };

export const readingScenarios: readonly Scenario[] = [
  row('check answered', 'running', 'permit', running, checked(false)),
  row('check answered', 'running', 'permit', running, checked(false), { edition: lenient }),
  row('check answered', 'running', 'sleeping(backoff)', running, checked(false), { edition: retried }),
  row('check answered', 'running', 'next rung', running, checked(false), { edition: failing }),
  row('check answered', 'running', 'escalated(ladder-end)', { ...running, failures: { health: 1 } }, checked(false), { edition: retried }),
  row('check answered', 'running', 'escalated(step-failed)', running, checked(false), { edition: strict }),
  row('check answered', 'running', 'sleeping(backoff)', running, checked(null)),
  row('check answered', 'running', 'escalated(inconclusive)', unreadable, checked(null)),
  row('check answered', 'running', 'escalated(unresolved-expression)', running, checked(true), { edition: unresolved }),
  row('check answered', 'sleeping', 'verifying(acted)', stepVerify, checked(true, 'restart'), { edition: verifiedStep }),
  row('check answered', 'sleeping', 'sleeping(step-verify)', stepVerify, checked(false, 'restart'), { edition: verifiedStep }),
  row('check answered', 'sleeping', 'sleeping(step-verify)', stepVerify, checked(null, 'restart'), { edition: verifiedStep }),
  row('check answered', 'sleeping', 'next rung', stepVerify, checked(false, 'restart'), { edition: verifiedStep, ...OVER }),
  row('check answered', 'sleeping', 'escalated(inconclusive)', stepVerify, checked(null, 'restart'), { edition: verifiedStep, ...OVER }),

  row(
    'collected',
    'running',
    'permit',
    running,
    { kind: 'collected', path: 'logs', ok: true, message: '', evidence: null },
    { edition: ladder([collectStep('logs'), actionStep('restart')]) },
  ),
  row(
    'collected',
    'running',
    'permit',
    running,
    { kind: 'collected', path: 'logs', ok: false, message: 'forbidden', evidence: null },
    { edition: ladder([collectStep('logs'), actionStep('restart')]) },
  ),

  row('probed', 'verifying', 'parks', verifying, probed('firing', 'unhealthy')),
  row('probed', 'verifying', 'parks', verifying, probed('unreadable', 'unreadable')),
  row('probed', 'verifying', 'parks', verifying, probed('clear')),
  row('probed', 'verifying', 'succeeded(verified)', verifies({ clearSince: NOON - 2 * MINUTE }), probed('clear')),
  row(
    'probed',
    'verifying',
    'succeeded(verified)',
    { ...verifies({ clearSince: NOON - 2 * MINUTE, why: 'not-applicable' }), trigger: byHand, acted: false, actedAt: null },
    probed('clear'),
  ),
  row(
    'probed',
    'verifying',
    'skipped(resolved)',
    { ...notActed('not-applicable'), verifying: { ...verifying.verifying!, why: 'not-applicable', clearSince: NOON - 2 * MINUTE } },
    probed('clear'),
  ),
  row('probed', 'verifying', 'next rung', verifying, probed('firing'), OVER),
  row(
    'probed',
    'verifying',
    'next rung',
    verifies({ against: { ...against, at: NOON + 10 * MINUTE } }),
    probed('unreadable', 'unreadable'),
    OVER,
  ),
  row('probed', 'verifying', 'escalated(inconclusive)', verifies({ against }), probed('unreadable', 'unreadable'), OVER),
  row('probed', 'verifying', 'next rung', verifies({ against }), probed('clear', 'unhealthy'), OVER),
  row('probed', 'verifying', 'escalated(ladder-end)', verifying, probed('pending'), { edition: oneRung, ...OVER }),
  row('probed', 'verifying', 'escalated(nothing-applied)', notActed('not-applicable'), probed('firing'), OVER),
  row(
    'probed',
    'verifying',
    'escalated(resolved-but-unhealthy)',
    resolved(verifies({ why: 'resolved' })),
    probed('clear', 'unhealthy'),
    OVER,
  ),
  row('probed', 'verifying', 'escalated(observe-only-after-effect)', verifies({ why: 'observe-only' }), probed('firing'), OVER),
  row('probed', 'verifying', 'escalated(rule-removed)', verifies({ why: 'rule-removed' }), probed('firing'), OVER),
  row('probed', 'verifying', 'escalated(inconclusive)', verifying, probed('unreadable', 'unreadable'), OVER),

  row('dry', 'running', 'observed(would: escalate)', dry(running), checked(false), { edition: strict }),
  row('dry', 'sleeping', 'observed(would: escalate)', dry({ ...sleeping, deadlineAt: NOON }), { kind: 'due' }),
  row('dry', 'verifying', 'observed(would: escalate)', dry(notActed('not-applicable')), probed('firing'), OVER),
  row(
    'dry',
    'verifying',
    'observed(would: nothing)',
    dry({ ...notActed('not-applicable'), verifying: { ...verifying.verifying!, why: 'not-applicable', clearSince: NOON - 2 * MINUTE } }),
    probed('clear'),
  ),
  row('dry', 'running', 'observed(would: nothing)', dry(atAction), { kind: 'cancel', by: 'ada', why: 'enough', at: NOON }),
];
