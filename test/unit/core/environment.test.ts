import { describe, expect, test } from 'vitest';
import type { Edition, WorkloadEntry } from '../../../src/core/edition.ts';
import { environmentOf, holds, stepsRead, workloadEntry } from '../../../src/core/environment.ts';
import { parseExpression } from '../../../src/core/expression.ts';
import type { Run } from '../../../src/core/run.ts';
import { byHand, NOON, sampleEdition, sampleRun } from '../../support/sample.ts';
import { actionStep, checkStep, enterStep, ladder } from './reduce/steps.ts';

const node: WorkloadEntry = {
  kind: 'StatefulSet',
  name: 'node',
  container: 'archivechain',
  process: 'archivechain-node',
  ports: { metrics: 9090 },
  healthPath: '/health',
  peersCommand: ['node', 'peers'],
  claimPrefix: 'data',
  replicas: 3,
};
const bare: WorkloadEntry = { ...node, process: null, ports: {}, healthPath: null, peersCommand: null, claimPrefix: null };
const ofApp = (app: string, over: Partial<Run> = {}) => sampleRun({ labels: { ...sampleRun().labels, app }, ...over });
const edition: Edition = { ...sampleEdition(), workloads: { node, bare } };
const value = (text: string, run: Run, of = edition, scope = '') => parseExpression(text).evaluate(environmentOf(run, of, scope));

describe('an expression sees', () => {
  test.each([
    ['labels.pod', 'node-1'],
    ['annotations.summary', 'node-1 does not answer'],
    ['alert.fingerprint', 'f00dfeed'],
    ['alert.generator_url.startsWith("http://prometheus")', true],
    ['target.name + "/" + target.uid', 'node-1/u-1'],
    ['target.cluster + target.kind + target.namespace', 'mainPodarchivechain-prod'],
    ['run.id', 'r-1a'],
    ['run.rung', 0],
    ['rule.name', 'archivechain-node-down'],
    ['rule.team', ''],
    ['priority', 'P1'],
  ])('%s', (text, expected) => {
    expect(value(text, sampleRun())).toBe(expected);
  });

  test('no fingerprint where no alert started the run', () => {
    expect(value('alert.fingerprint', sampleRun({ trigger: byHand }))).toBe('');
  });

  test('the target as it was found, once it was', () => {
    const found = sampleRun({ target: { ...sampleRun().target, find: { by: 'pod_ip', value: '10.0.0.7' } } });
    expect(value('target.name', found)).toBe('node-1');
    expect(value('[target.name, target.uid]', { ...found, pinned: null })).toEqual(['10.0.0.7', '']);
  });

  test('the team of the rule where it has one', () => {
    expect(value('rule.team', sampleRun(), { ...edition, rule: { ...edition.rule, team: 'chain' } })).toBe('chain');
  });
});

describe('the workload that an expression sees', () => {
  test('is the entry of the app that the alert names', () => {
    expect(workloadEntry(ofApp('node'), edition)).toBe(node);
    expect(value('workload.process', ofApp('node'))).toBe('archivechain-node');
    expect(value('workload.metrics_port', ofApp('node'))).toBe(9090);
    expect(value('workload.peers_command', ofApp('node'))).toEqual(['node', 'peers']);
  });

  test('has no field for what its entry does not say', () => {
    for (const field of ['process', 'metrics_port', 'health_path', 'peers_command', 'claim_prefix']) {
      expect(() => value(`workload.${field}`, ofApp('bare'))).toThrow(`workload.${field}`);
    }
  });

  test.each([
    ['the alert names no app', sampleRun()],
    ['nothing is known of the app', ofApp('other')],
    ['the app bears the name of a property that every object has', ofApp('constructor')],
  ])('is empty where %s', (_name, run) => {
    expect(workloadEntry(run, edition)).toBeNull();
    expect(value('size(workload)', run)).toBe(0);
  });
});

describe('parameters', () => {
  const withParams = (params: Edition['ladder'][number]['params']): Edition => ({
    ...edition,
    ladder: [{ remediation: 'node-recovery', mode: null, when: [], params, steps: [] }],
  });

  test('are those that the rule gives to the rung, rendered from all but steps and parameters', () => {
    const of = withParams({ peers: 3, who: '${target.name} of ${run.id}', alert: '${alert.fingerprint}', list: ['${labels.pod}'] });
    expect(environmentOf(sampleRun(), of, '').params).toEqual({ peers: 3, who: 'node-1 of r-1a', alert: 'f00dfeed', list: ['node-1'] });
    for (const outside of ['${params.peers}', '${steps.health.ok}']) {
      expect(() => environmentOf(sampleRun(), withParams({ outside }), '')).toThrow(/params.peers|step "health" has no output/);
    }
  });

  test('of a used remediation are those it was given, and its caller has its own', () => {
    const of = withParams({ peers: 3 });
    const outputs = { recover: { result: 'entered', message: '', at: NOON, fields: { peers: 5 } } } as const;
    expect(environmentOf(sampleRun({ outputs }), of, 'recover').params).toEqual({ peers: 5 });
    expect(environmentOf(sampleRun({ outputs }), of, '').params).toEqual({ peers: 3 });
  });

  test('of a used remediation that was never entered are none', () => {
    expect(environmentOf(sampleRun(), edition, 'recover').params).toEqual({});
  });
});

describe('steps', () => {
  const of = ladder([
    checkStep('health'),
    enterStep('recover'),
    checkStep('recover/health', { scope: 'recover', name: 'health' }),
    actionStep('restart'),
  ]);
  const at = { at: NOON, fields: {} };
  const outputs: Run['outputs'] = {
    health: { ...at, result: 'failed', message: '503', fields: { status: 503 } },
    recover: { ...at, result: 'entered', message: '' },
    'recover/health': { ...at, result: 'ok', message: '200' },
    restart: { ...at, result: 'done', message: '', fields: { uid: 'u-1' } },
  };
  const run = sampleRun({ outputs });

  test('are those of the scope alone: the same name inside a used remediation is another step', () => {
    expect(value('steps.health.ok', run, of)).toBe(false);
    expect(value('steps.health.ok', run, of, 'recover')).toBe(true);
    expect(() => value('steps.restart.uid', run, of, 'recover')).toThrow('step "restart" has no output');
  });

  test('tell result, message and fields; only a check is ok or not', () => {
    expect(value('[steps.health.result, steps.health.message, string(steps.health.status)]', run, of)).toEqual(['failed', '503', '503']);
    expect(value('steps.restart.uid', run, of)).toBe('u-1');
    expect(() => value('steps.restart.ok', run, of)).toThrow('steps.restart.ok');
  });

  test('that have not run are not there', () => {
    expect(() => value('steps.health.ok', sampleRun(), of)).toThrow('step "health" has no output');
  });
});

test('a condition tells which steps it reads', () => {
  expect([...stepsRead('steps.pod.phase == "Running" && !steps.health.ok')].toSorted()).toEqual(['health', 'pod']);
  expect(holds('labels.pod == "node-1"', environmentOf(sampleRun(), edition, ''))).toBe(true);
});
