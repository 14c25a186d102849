import { describe, expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import { manualTarget, ManualStartError } from '../../../src/core/manual-target.ts';
import { sampleEdition } from '../../support/sample.ts';

const withTarget = (over: Partial<Edition['rule']['target']>): Edition => {
  const edition = sampleEdition();
  const target = {
    kind: 'Pod',
    cluster: null,
    namespace: '${labels.namespace}',
    find: { by: 'name', value: '${ labels.pod }' },
    ...over,
  } as const;
  return { ...edition, rule: { ...edition.rule, target } };
};
const byLabels = withTarget({});
const fixed = withTarget({ namespace: 'chain', find: { by: 'name', value: 'node-1' } });
const mixed = withTarget({ find: { by: 'name', value: 'node-${labels.index}' } });
const bySelector = withTarget({ find: { by: 'selector', value: 'app=chain' } });

describe('the target of a run that a human starts', () => {
  test.each([
    ['is named by its labels', byLabels, { namespace: 'chain', pod: 'node-1' }, null],
    ['fills in the labels that name it', byLabels, {}, 'Pod/chain/node-1'],
    ['may be given besides other labels', byLabels, { pod: 'node-9' }, 'pod/chain/node-1'],
    ['is that of the rule where the rule names it', fixed, {}, null],
    ['may be that one', fixed, {}, 'Pod/chain/node-1'],
    ['may follow from labels that only agree with it', mixed, { index: '1' }, 'Pod/chain/node-1'],
  ])('%s', (_name, edition, labels, wanted) => {
    expect(manualTarget(edition, labels, wanted, 'main').target).toMatchObject({ key: 'pod:main/chain/node-1', unresolved: null });
  });

  test('leaves its labels for the run to read', () => {
    expect(manualTarget(byLabels, { app: 'chain' }, 'Pod/chain/node-1', 'main').labels).toEqual({
      app: 'chain',
      namespace: 'chain',
      pod: 'node-1',
    });
  });

  test.each([
    [
      'no cluster is configured',
      byLabels,
      { namespace: 'chain', pod: 'node-1' },
      null,
      null,
      'the target cannot be told: no cluster is configured',
    ],
    ['a label is missing', byLabels, { namespace: 'chain' }, null, 'main', 'target.find.name: labels.pod is missing; give label=value'],
    ['it is no name', byLabels, {}, 'node-1', 'main', 'a target is Kind/namespace/name, found "node-1"'],
    ['it has one part too many', byLabels, {}, 'Pod/chain/node-1/x', 'main', 'a target is Kind/namespace/name'],
    ['it is of another kind', byLabels, {}, 'Deployment/chain/node', 'main', 'the rule acts on the kind Pod, not on Deployment'],
    ['it is found otherwise', bySelector, {}, 'Pod/chain/node-1', 'main', 'the rule finds its target by selector: give labels'],
    [
      'the rule acts on another one',
      fixed,
      {},
      'Pod/chain/node-2',
      'main',
      'the rule would act on pod:main/chain/node-1, not on Pod/chain/node-2',
    ],
    [
      'the rule acts elsewhere',
      fixed,
      {},
      'Pod/other/node-1',
      'main',
      'the rule would act on pod:main/chain/node-1, not on Pod/other/node-1',
    ],
  ])('is refused where %s', (_name, edition, labels, wanted, cluster, message) => {
    const start = () => manualTarget(edition, labels, wanted, cluster);
    expect(start).toThrow(ManualStartError);
    expect(start).toThrow(message);
  });
});
