import type { Workload } from '../objects.ts';
import { workloadKey } from '../pinned.ts';
import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/**
 * Those who put back what others change, by the labels or annotations (`marks`) and the field managers that they leave on what they own.
 * `app.kubernetes.io/managed-by` is none of them: Helm writes it once and never looks again.
 */
const OWNERS = [
  {
    name: 'Argo CD',
    marks: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/instance', 'argocd.argoproj.io/installation-id'],
    managers: ['argocd-controller', 'argocd-application-controller'],
  },
  {
    name: 'Flux',
    marks: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'],
    managers: ['kustomize-controller', 'helm-controller'],
  },
] as const;

/** No GitOps owner would put back what the plan changes in a specification. Pods that are deleted and processes signalled are nobody's to put back. */
export const gitops = defineGuard({
  name: 'gitops',
  phases: ['permit'],
  needs: ['plan'],
  also: (_input, { plan }) => (plan.patches.length === 0 ? [] : ['workload']),
  check(_input, { plan, workload }) {
    if (plan.patches.length === 0) return notApplicable('the plan changes no specification');
    const owning = workload?.workload ?? null;
    const declared = owning === null ? null : workloadKey(owning);
    const strange = plan.patches.find((key) => key !== declared);
    if (owning === null || strange !== undefined) {
      return elsewhere(`nothing tells who declares ${strange}`, `Who declares ${strange} can be read.`);
    }
    const owner = ownerOf(owning);
    if (owner === undefined) return pass('no GitOps owner');
    return elsewhere(`${owner} would put it back`, 'The change is made where the object is declared.');
  },
});

function elsewhere(have: string, clears: string) {
  return refuse({ reason: 'managed-elsewhere', have, need: 'a specification that nobody puts back', clears });
}

/** Who owns it and by which sign. */
function ownerOf({ labels, annotations, managers }: Workload): string | undefined {
  for (const owner of OWNERS) {
    const signs = [
      ...owner.marks.filter((mark) => Object.hasOwn(labels, mark) || Object.hasOwn(annotations, mark)),
      ...owner.managers.filter((manager) => managers.includes(manager)),
    ];
    if (signs.length > 0) return `${owner.name} (${signs.join(', ')})`;
  }
  return undefined;
}
