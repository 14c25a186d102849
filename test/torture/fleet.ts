import type { Edition } from '../../src/core/edition.ts';
import { TORTURE } from './plan.ts';
import { sampleEdition } from '../support/sample.ts';
import { actionStep } from '../unit/core/reduce/steps.ts';

/** One workload of one replica for each run, restarted three times; a human's approval before each effect in every tenth. */

export const NAMESPACE = 'torture';
export const nameOf = (index: number) => `t${index}`;
export const labelsOf = (index: number) => ({ alertname: 'Torture', namespace: NAMESPACE, pod: `${nameOf(index)}-0` });

export function workloads(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'StatefulSet' as const,
    namespace: NAMESPACE,
    name: nameOf(index),
    replicas: 1,
    start: 20,
    ready: 20,
    terminate: 20,
  }));
}

export function editionOf(index: number): Edition {
  const edition = sampleEdition();
  const steps = Array.from({ length: TORTURE.effects }, (_, step) => actionStep(`restart-${step}`, { settleMs: 150 }));
  const asks = index % TORTURE.approvalEvery === 0;
  return {
    ...edition,
    ladder: [{ remediation: 'restarts', mode: asks ? 'approve' : null, when: [], params: {}, steps }],
    rule: {
      ...edition.rule,
      name: 'torture',
      verify: { withinMs: 120_000, stableForMs: 200, alertLabels: ['pod'], check: null },
      escalateAfterMs: 'never',
      guards: {
        ...edition.rule.guards,
        budgets: [],
        cooldownMs: 0,
        targetCooldownMs: 0,
        minAgeMs: 0,
        quorum: 'off',
        maxUnavailable: { count: 1 },
        maxHoldMs: 600_000,
        unknownGraceMs: 600_000,
      },
    },
  };
}
