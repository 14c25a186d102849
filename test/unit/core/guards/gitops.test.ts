import { describe, expect, test } from 'vitest';
import type { Workload } from '../../../../src/core/objects.ts';
import { unknown } from '../../../../src/core/facts.ts';
import { decide } from '../../../../src/core/decide-run.ts';
import { health, inputOf, verdictIn, verdictOf, workload } from './fixture.ts';

const OWNER = 'statefulset:prod/chain/node';
const of = (view: Partial<Workload>, patches: readonly string[] = [OWNER]) =>
  verdictOf('gitops', { plan: { patches }, facts: { workload: { workload: { ...workload, ...view }, health: health(2, 3) } } });

test('a plan that changes no specification is nobody’s to put back', () => {
  const owned = { labels: { 'argocd.argoproj.io/instance': 'chain' } };
  expect(of(owned, [])).toEqual({ guard: 'gitops', result: 'n/a', why: 'the plan changes no specification' });
});

describe('what a GitOps owner left on the workload is refused', () => {
  test.each<[string, Partial<Workload>, string]>([
    ['the tracking of Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'chain:apps/StatefulSet:chain/node' } }, 'Argo CD'],
    ['its instance label', { labels: { 'argocd.argoproj.io/instance': 'chain' } }, 'Argo CD'],
    ['its installation', { annotations: { 'argocd.argoproj.io/installation-id': 'one' } }, 'Argo CD'],
    ['its field manager', { managers: ['kubectl', 'argocd-controller'] }, 'Argo CD'],
    ['a Kustomization of Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'chain' } }, 'Flux'],
    ['a HelmRelease of Flux', { labels: { 'helm.toolkit.fluxcd.io/name': 'chain' } }, 'Flux'],
    ['the field manager of Flux', { managers: ['kustomize-controller'] }, 'Flux'],
  ])('%s', (_, view, owner) => {
    expect(of(view)).toMatchObject({ reason: 'managed-elsewhere', have: expect.stringMatching(`^${owner} \\(.*\\) would put it back$`) });
  });

  test('with the signs by which it was told', () => {
    const both = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'chain' }, managers: ['kustomize-controller'] };
    expect(of(both)).toEqual({
      guard: 'gitops',
      result: 'refuse',
      reason: 'managed-elsewhere',
      have: 'Flux (kustomize.toolkit.fluxcd.io/name, kustomize-controller) would put it back',
      need: 'a specification that nobody puts back',
      clears: 'The change is made where the object is declared.',
      nextEligibleAt: null,
    });
  });
});

test.each<[string, Partial<Workload>]>([
  ['nothing', {}],
  [
    'Helm, which never looks again',
    { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'chain' } },
  ],
  ['somebody with kubectl', { managers: ['kubectl-client-side-apply', 'kube-controller-manager'] }],
])('%s puts nothing back', (_, view) => {
  expect(of(view)).toMatchObject({ result: 'pass', have: 'no GitOps owner' });
});

test('of an object that is not read nobody can tell, and so it is refused', () => {
  const configMap = 'configmap:prod/chain/settings';
  expect(of({}, [OWNER, configMap])).toMatchObject({ reason: 'managed-elsewhere', have: `nothing tells who declares ${configMap}` });
  expect(verdictOf('gitops', { plan: { patches: [OWNER] }, facts: { workload: null } })).toMatchObject({ reason: 'managed-elsewhere' });
});

test('a workload that cannot be read is unknown, and matters only where something is changed', () => {
  const blind = (patches: readonly string[]) => {
    const input = inputOf({ plan: { patches } });
    return { ...input, facts: { ...input.facts, workload: unknown('timeout') } };
  };
  expect(verdictIn(blind([OWNER]), 'gitops')).toMatchObject({ reason: 'unknown-workload' });
  expect(verdictIn(blind([]), 'gitops').result).toBe('n/a');
  expect(decide(inputOf({ plan: { patches: [OWNER] } })).then).toBe('run');
});
