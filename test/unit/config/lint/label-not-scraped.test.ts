import { describe, expect, test } from 'vitest';
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

describe('what the steps of its remediations read', () => {
  const zone = (step: string, index = 0) => [
    `remediations[${index}].use: its step ${step} reads "zone", and the alert LowPeerCount of monitoring/prometheus has no label "zone"`,
  ];
  const ask = (over: object = {}) => ({ name: 'ask', check: 'kubernetes/exec-json', with: { command: ['${labels.zone}'] }, ...over });
  const pod = { name: 'pod', check: 'kubernetes/pod-status' };
  const steps = (...all: readonly object[]) => [{ name: 'recipe', steps: all }];
  const inner = (over: object, ...all: readonly object[]) => [
    { name: 'recipe', steps: [pod, { name: 'part', use: 'inner', ...over }] },
    { name: 'inner', params: { wide: { type: 'boolean', default: true } }, steps: all },
  ];
  const ofRecipe = (recipes: readonly object[], rule: object = {}) =>
    warningsOf(
      'label-not-scraped',
      [{ matchers: ['alertname="LowPeerCount"'], remediations: [{ use: 'recipe' }], ...rule }],
      {},
      recipes,
    ).map((warning) => warning.replace('rules[0].', ''));

  test.each([
    ['a parameter', steps(ask()), zone('ask')],
    ['a condition', steps({ ...pod, if: 'labels.zone == "a"' }), zone('pod')],
    ['what it chooses by', steps({ ...ask(), with: { command: ["${labels.zone == 'x' ? 'a' : 'b'}"] } }), zone('ask')],
    ['an expectation', steps({ ...pod, expect: 'steps.pod.phase == labels.zone' }), zone('pod')],
    ['a message', steps({ name: 'tell', escalate: 'oncall', message: 'Is it in ${labels.zone}, or not?' }), zone('tell')],
    [
      'the check behind an action',
      steps({
        name: 'act',
        action: 'kubernetes/delete-pod',
        verify: { check: 'kubernetes/exec-json', with: { command: ['${labels.zone}'] }, within: '1m' },
      }),
      zone('act'),
    ],
    ['a step that asks only how another one went', steps(pod, ask({ if: 'steps.pod.phase == "Running"' })), zone('ask')],
    ['a remediation within', inner({}, ask()), zone('part/ask')],
    ['what is given to a remediation within', inner({ with: { wide: '${labels.zone == "a"}' } }, pod), zone('part')],
    ['more than one step', steps(ask({ name: 'first' }), ask()), zone('first')],
  ])('%s', (_, recipes, expected) => {
    expect(ofRecipe(recipes)).toEqual(expected);
  });

  test('each rung tells its own', () => {
    expect(ofRecipe(steps(ask()), { remediations: [{ use: 'restart' }, { use: 'recipe' }] })).toEqual(zone('ask', 1));
  });

  test.each([
    ['a label that the alert has', steps({ ...ask(), with: { command: ['${labels.app}'] } })],
    ['an external label', steps({ ...ask(), with: { command: ['${labels.cluster}'] } })],
    ['a label that is asked for', steps({ ...ask(), with: { command: ["${has(labels.zone) ? labels.zone : 'node'}"] } })],
    ['a label of one of two branches', steps({ ...ask(), with: { command: ["${labels.app == 'x' ? labels.zone : 'node'}"] } })],
    ['a label that is looked for', steps({ ...pod, if: '"zone" in labels && labels.zone == "a"' })],
    ['one of two conditions', steps({ ...pod, if: 'labels.app == "x" || labels.zone == "a"' })],
    ['elements that may not be', steps({ ...pod, if: 'annotations.exists(one, one == labels.zone)' })],
    ['a computed name', steps({ ...ask(), with: { command: ['${labels[labels.app]}'] } })],
    ['a step for those that have it', steps(ask({ if: 'has(labels.zone)' }))],
    ['a step behind one for those that have it', steps({ ...pod, if: 'has(labels.zone)' }, ask({ if: 'steps.pod.ok' }))],
    ['a step for some priorities', steps(ask({ if: 'priority == "P0"' }))],
    ['a remediation within for those that have it', inner({ if: 'has(labels.zone)' }, ask())],
    ['what a remediation within was given', inner({ with: { wide: false } }, ask({ if: 'params.wide' }))],
    [
      'what a remediation beside was given',
      [{ name: 'recipe', steps: [{ name: 'part', use: 'inner' }, ask({ if: 'steps.part.wide' })] }, ...inner({}, pod).slice(1)],
    ],
    ['what stands behind a hand-over', steps({ name: 'tell', escalate: 'oncall', message: 'Look.' }, ask())],
    [
      'what stands behind a hand-over within',
      [
        { name: 'recipe', steps: [{ name: 'part', use: 'inner' }, ask()] },
        { name: 'inner', steps: [{ name: 'tell', escalate: 'oncall', message: 'Look.' }, ask()] },
      ],
    ],
  ])('but not %s', (_, recipes) => {
    expect(ofRecipe(recipes)).toEqual([]);
  });

  test('a hand-over under a condition leaves what stands behind it', () => {
    const tell = { name: 'tell', if: 'steps.pod.ok', escalate: 'oncall', message: 'Look.' };
    expect(ofRecipe(steps(pod, tell, ask()))).toEqual(zone('ask'));
    expect(ofRecipe(inner({ if: 'steps.pod.ok' }, { ...tell, if: undefined }, ask()))).toEqual([]);
    const after = [{ name: 'recipe', steps: [pod, { name: 'part', if: 'steps.pod.ok', use: 'inner' }, ask()] }];
    expect(ofRecipe([...after, { name: 'inner', steps: [{ ...tell, if: undefined }] }])).toEqual(zone('ask'));
  });

  test('nor anything of alerts of somebody else', () => {
    expect(ofRecipe(steps(ask()), { matchers: ['alertname=~"LowPeerCount|OtherAlert"'] })).toEqual([]);
    expect(ofRecipe(steps(ask()), { matchers: ['app="x"'] })).toEqual([]);
  });
});
