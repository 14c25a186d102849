import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const pod = (namespace: string, rest: object = {}) => ({ target: { kind: 'Pod', namespace, find: { name: '${labels.pod}' }, ...rest } });
const told = (rule: object, root: object = {}) =>
  warningsOf('label-not-scraped', [{ matchers: ['alertname="LowPeerCount"'], ...rule }], root).map((warning) =>
    warning.replace('rules[0].', ''),
  );
const lacks = (path: string, label: string, alert = 'LowPeerCount') => [
  `${path}: the alert ${alert} of monitoring/prometheus has no label "${label}"`,
];

test.each([
  ['its target', pod('${labels.ns}'), lacks('target.namespace', 'ns')],
  ['its priority', { priority: '${labels.level}' }, lacks('priority', 'level')],
  ['a matcher', { matchers: ['alertname="LowPeerCount"', 'zone="a"'] }, lacks('matchers', 'zone')],
  ['a matcher that does without', { matchers: ['alertname="LowPeerCount"', 'zone!="a"'] }, []],
  ['a label that is asked for', { priority: "${has(labels.level) ? labels.level : 'P2'}" }, []],
  ['the labels of its alert', { verify: { alert_labels: ['alertname', 'node'] } }, lacks('verify.alert_labels', 'node')],
  [
    'an aggregation',
    { ...pod('${labels.version}'), matchers: ['alertname=~"LowPeerCount|HighErrorRate"'] },
    lacks('target.namespace', 'version', 'HighErrorRate'),
  ],
  ['an alert of somebody else', { ...pod('${labels.ns}'), matchers: ['alertname=~"LowPeerCount|OtherAlert"'] }, []],
  ['whatever its alert has', pod('${labels.namespace}'), []],
])('a rule that counts on a label in %s', (_, rule, expected) => {
  expect(told(rule)).toEqual(expected);
});

test('external labels come with the webhook and stand in no series', () => {
  const rule = pod('${labels.namespace}', { cluster: '${labels.cluster}' });
  const gone = '"cluster" is an external label, which no series of Prometheus has: the alert LowPeerCount would always look gone there';
  expect(told(rule)).toEqual([`verify.alert_labels: ${gone}`]);
  expect(told({ ...rule, verify: { alert_labels: ['alertname', 'pod'] } })).toEqual([]);
  expect(told(rule, { prometheus: undefined })).toEqual([]);
});
