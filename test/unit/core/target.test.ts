import { describe, expect, test } from 'vitest';
import type { TargetSpec } from '../../../src/core/edition.ts';
import { renderTarget, slotOf } from '../../../src/core/target.ts';
import { sampleEdition } from '../../support/sample.ts';

const labels = {
  namespace: 'archivechain-prod',
  pod: 'node-1',
  instance: '10.0.0.7:9090',
  volume: 'data-node-1',
  node: 'worker-a.example',
};
const render = (spec: Partial<TargetSpec>, more: { labels?: Record<string, string>; cluster?: string | null } = {}) => {
  const edition = sampleEdition();
  const rule = { ...edition.rule, target: { ...edition.rule.target, ...spec } };
  const alert = { fingerprint: 'f00dfeed', labels: { ...labels, ...more.labels }, annotations: { zone: 'eu-1' } };
  return renderTarget({ ...edition, rule }, alert, more.cluster === undefined ? 'main' : more.cluster);
};
const find = (by: TargetSpec['find']['by'], value: string) => ({ find: { by, value } });

describe('a target is rendered from the labels', () => {
  test('by name, which alone is its key', () => {
    expect(render({})).toEqual({
      cluster: 'main',
      kind: 'Pod',
      namespace: 'archivechain-prod',
      find: { by: 'name', value: 'node-1' },
      key: 'pod:main/archivechain-prod/node-1',
      unresolved: null,
    });
  });

  test.each([
    ['pod_ip', '${host(labels.instance)}', 'pod:main/archivechain-prod/pod_ip=10.0.0.7'],
    ['pod_ip', '2001:db8::7', 'pod:main/archivechain-prod/pod_ip=2001:db8::7'],
    ['node_name', '${labels.node}', 'pod:main/archivechain-prod/node_name=worker-a.example'],
    ['owner_of', '${labels.pod}', 'pod:main/archivechain-prod/owner_of=node-1'],
    ['claim_of', '${labels.volume}', 'pod:main/archivechain-prod/claim_of=data-node-1'],
    ['selector', 'app=node,example.com/role=full', 'pod:main/archivechain-prod/selector=app=node,example.com/role=full'],
    ['selector', 'app=', 'pod:main/archivechain-prod/selector=app='],
  ] as const)('by %s: %s', (by, value, key) => {
    expect(render(find(by, value))).toMatchObject({ key, unresolved: null });
  });

  test('in the cluster that a label, an annotation or the rule names', () => {
    expect(render({ cluster: '${annotations.zone}' }).cluster).toBe('eu-1');
    expect(render({ cluster: 'west' }, { cluster: null }).key).toBe('pod:west/archivechain-prod/node-1');
  });

  test('with what is not text written as JSON', () => {
    expect(render(find('name', 'node-${1 + 1}')).find.value).toBe('node-2');
    expect(render(find('name', '${3 + 4}')).find.value).toBe('7');
  });

  test('and its slot tells it from the same target of another rule', () => {
    expect(slotOf('node-down', render({}))).toBe('node-down|pod:main/archivechain-prod/node-1');
  });
});

describe('a target that cannot be told', () => {
  test.each([
    ['no cluster is configured', {}, { cluster: null }, 'no cluster is configured'],
    ['its label is missing', find('name', '${labels.node_name}'), {}, 'target.find.name: labels.node_name'],
    ['its namespace cannot be one', {}, { labels: { namespace: 'Prod Space' } }, 'target.namespace: "Prod Space" is not a valid name'],
    ['its name would leave its path', {}, { labels: { pod: '../secrets' } }, 'target.name: "../secrets" is not a valid name'],
    ['its name is empty', {}, { labels: { pod: '' } }, 'target.name: "" is not a valid name'],
    ['its address is none', find('pod_ip', '${labels.pod}'), {}, 'target.pod_ip: "node-1" is not a valid name'],
    ['its selector selects all', find('selector', 'app'), {}, 'target.selector: "app" is not a selector a=b,c=d'],
    ['its cluster cannot be rendered', { cluster: '${labels.region}' }, {}, 'target.cluster: labels.region'],
  ])('because %s is unresolved and says so', (_name, spec, more, sentence) => {
    const target = render(spec, more);
    expect(target.unresolved).toContain(sentence);
    expect(target.key).toBe('unresolved|f00dfeed');
  });

  test('says no more of a long value than a human wants to read', () => {
    expect(render({}, { labels: { pod: 'X'.repeat(5_000) } }).unresolved?.length).toBeLessThan(150);
  });

  test('has a slot of its own for each alert', () => {
    expect(slotOf('node-down', render({}, { cluster: null }))).toBe('node-down|unresolved|f00dfeed');
  });
});

test('a finder that no version knows is a bug, not an alert without a target', () => {
  expect(() => render({ find: { by: 'colour' as never, value: 'red' } })).toThrow(TypeError);
});
