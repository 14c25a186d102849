import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { silentLog, silentTelemetry } from '../../../src/cli/silent.ts';
import { readTests } from '../../../src/wiring/rehearsal/read.ts';
import { openStage, type Stage } from '../../../src/wiring/rehearsal/rehearse.ts';
import { tempDir } from '../../support/temp-dir.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(silentLog, silentTelemetry);
});
afterAll(() => stage[Symbol.asyncDispose]());

const fixtures = resolve('test/fixtures/rule-tests');

/** What is told of one event a minute after the start, with rules of the fixtures and an alert that one of them asks about. */
async function toldOf(rules: string, event: object): Promise<unknown> {
  await using folder = await tempDir();
  const file = join(folder.path, 'tests.yaml');
  const alerts = [{ labels: { alertname: 'PodDown', namespace: 'chain', pod: 'archive-1' } }];
  const one = { name: 'one', alerts, events: [{ at: '1m', ...event }], expect: [{ at: '2m', runs: [] }] };
  const config = {
    receivers: [{ name: 'pager', type: 'webhook', url: 'http://127.0.0.1:9/', secret_file: 'pager.key' }],
    escalation_policies: ['oncall', 'chain-storage'].map((name) => ({ name, steps: [{ after: '0s', notify: ['pager'] }] })),
    defaults: { escalation: 'oncall' },
    emergency_receiver: 'pager',
  };
  const files = {
    config_file: resolve('examples/remediad.yaml'),
    rule_files: [join(fixtures, 'rules', rules)],
    remediation_files: [resolve('remediations/*.yaml')],
    config,
  };
  const fleet = { namespaces: { chain: {} }, workloads: [{ kind: 'StatefulSet', namespace: 'chain', name: 'archive', replicas: 3 }] };
  await writeFile(file, stringify({ ...files, fleet, tests: [one] }));
  const { tests, problems } = readTests(file, folder.path);
  if (problems.length > 0) return problems.map(({ path, message }) => `${path}: ${message}`);
  const [found] = tests;
  if (found === undefined) return expect.unreachable('no test');
  return (await stage.run(found)).failures.filter(({ what }) => what === 'error').flatMap(({ why }) => why);
}

test.each([
  ['by-hand.yaml', { run: { rule: 'by-alert' } }, 'rule by-alert may not be started by hand: it does not say manual: true'],
  ['by-hand.yaml', { run: { rule: 'by-hand', target: 'archive-1' } }, 'a target is Kind/namespace/name, found "archive-1"'],
  ['by-hand.yaml', { run: { rule: 'by-hand' } }, 'labels.pod'],
  ['by-hand.yaml', { approve: { rule: 'by-hand' } }, 'rule by-hand has no live run'],
  ['by-hand.yaml', { approve: { rule: 'by-alert' } }, 'the run of rule by-alert asks for no approval'],
  ['by-hand.yaml', { reject: { rule: 'by-alert' } }, 'the run of rule by-alert asks for no approval'],
  ['by-hand.yaml', { reject: { rule: 'nobodys' } }, 'events[0].reject.rule: there is no rule "nobodys"'],
  ['by-hand.yaml', { acknowledge: { rule: 'by-hand' } }, 'rule by-hand has no open incident'],
  ['asking.yaml', { run: { rule: 'asking' } }, 'rule asking may not be started by hand'],
])('of what cannot happen one sentence says why: %s %j', async (rules, event, sentence) => {
  expect(await toldOf(rules, event)).toEqual([expect.stringContaining(sentence)]);
});

test.each([
  ['by-hand.yaml', { run: { rule: 'by-hand', target: 'Pod/chain/archive-2' } }],
  ['asking.yaml', { approve: { rule: 'asking' } }],
  ['asking.yaml', { reject: { rule: 'asking' } }],
])('what can happen does: %s %j', async (rules, event) => {
  expect(await toldOf(rules, event)).toEqual([]);
});
