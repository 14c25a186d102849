import type { Edition, Mode, Step } from '../../src/core/edition.ts';
import { sampleEdition } from '../support/sample.ts';

/** A workload for each run. */

export const NAMESPACE = 'torture';
export const nameOf = (index: number) => `t${index}`;
export const labelsOf = (index: number) => ({ alertname: 'Torture', namespace: NAMESPACE, pod: `${nameOf(index)}-0` });

export function workloads(count: number, replicas: number) {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'StatefulSet' as const,
    namespace: NAMESPACE,
    name: nameOf(index),
    replicas,
    start: 20,
    ready: 20,
    terminate: 20,
  }));
}

/** One rung of these steps, by a rule that never holds for long and verifies by the alert alone. */
export function editionOf(steps: readonly Step[], mode: Mode | null = null): Edition {
  const edition = sampleEdition();
  return {
    ...edition,
    ladder: [{ remediation: 'restarts', mode, when: [], params: {}, steps }],
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
