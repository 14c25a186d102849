import type { FactTypes } from '../facts.ts';
import { touchedNamespaces } from '../plan.ts';
import { defineGuard, pass, refuse, type GuardInput } from './guard.ts';

const LABEL = 'remediad.dev/exclude';

/** Nothing that the run looks at or its plan touches is in a protected namespace; neither target, workload nor namespace is excluded by label. */
export const protection = defineGuard({
  name: 'protection',
  phases: ['admit', 'permit'],
  needs: [],
  also: (input) => (protectedNamespace(input) === undefined ? ['target', 'workload', 'namespace'] : []),
  check(input, { target, workload, namespace }) {
    const inside = protectedNamespace(input);
    if (inside !== undefined) {
      return refuse({
        reason: 'protected',
        have: `namespace ${inside} is protected`,
        need: 'a namespace that is not protected',
        clears: `${inside} is taken off protected_namespaces, here and in the rule.`,
      });
    }
    const excluded = excludedBy(target, workload, namespace);
    if (excluded === undefined) return pass('neither protected nor excluded');
    return refuse({
      reason: 'protected',
      have: `${excluded} is labelled ${LABEL}: "true"`,
      need: 'no such label',
      clears: `The label ${LABEL} is taken off ${excluded}.`,
    });
  },
});

function protectedNamespace({ run, plan, policy }: GuardInput): string | undefined {
  return [run.target.namespace, ...touchedNamespaces(plan)].find((name) => policy.protectedNamespaces.includes(name));
}

function excludedBy(
  target: FactTypes['target'] | undefined,
  workload: FactTypes['workload'] | undefined,
  namespace: FactTypes['namespace'] | undefined,
): string | undefined {
  const objects = [
    target?.found === 'one' ? { what: `pod ${target.pod.name}`, labels: target.pod.labels } : null,
    workload ? { what: `${workload.workload.kind} ${workload.workload.name}`, labels: workload.workload.labels } : null,
    namespace ? { what: `namespace ${namespace.name}`, labels: namespace.labels } : null,
  ];
  return objects.find((object) => object?.labels[LABEL] === 'true')?.what;
}
