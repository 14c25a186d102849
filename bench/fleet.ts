import type { Edition } from '../src/core/edition.ts';
import { sampleEdition } from '../test/support/sample.ts';
import { actionStep } from '../test/unit/core/reduce/steps.ts';

/** One workload of one pod for each alert, restarted once; the guards stand, but none of them refuses. */

export const NAMESPACE = 'bench';
export const nameOf = (index: number) => `w${index}`;
export const podOf = (index: number) => `${nameOf(index)}-0`;
export const labelsOf = (namespace: string, index: number) => ({ alertname: 'Bench', namespace, pod: podOf(index) });

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

export function restartOnce(): Edition {
  const edition = sampleEdition();
  const guards = { ...edition.rule.guards, cooldownMs: 0, targetCooldownMs: 0, minAgeMs: 0, quorum: 'off' as const };
  return {
    ...edition,
    ladder: [{ remediation: 'restart', mode: null, when: [], params: {}, steps: [actionStep('restart', { settleMs: 600_000 })] }],
    rule: { ...edition.rule, name: 'bench', escalateAfterMs: 'never', guards },
  };
}
