import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { loadConfig, type LoadOptions, type Loaded } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/config.ts';
import { formatProblem } from '../../../src/config/report.ts';
import { vocabulary } from './vocabulary.ts';

const good = join(import.meta.dirname, '../../fixtures/config/good');
const nowhere = '/nonexistent';

function load(options: Partial<LoadOptions> = {}): Loaded {
  return loadConfig({ flags: {}, environment: {}, cwd: good, vocabulary, ...options });
}

function loaded(options: Partial<LoadOptions> = {}): Config {
  const { config, problems } = load(options);
  if (config === null) throw new Error(problems.map(formatProblem).join('\n'));
  return config;
}

describe('with no file at all', () => {
  test('remediad serves on loopback, with a store of its own, and has no rules', () => {
    expect(loaded({ cwd: nowhere })).toMatchObject({
      file: null,
      installation: 'remediad',
      externalUrl: null,
      dryRun: false,
      log: { level: 'info', format: 'logfmt' },
      web: { listen: { host: '127.0.0.1', port: 8484 }, bearerTokenFile: null },
      storage: { path: '/nonexistent/data' },
      redis: null,
      clusters: [],
      defaultCluster: null,
      prometheus: null,
      alertmanager: null,
      receivers: [],
      emergencyReceiver: null,
      limits: { budget: { max: 20, perMs: 600_000, scope: 'installation' }, maxInFlight: { installation: 5, cluster: 3 } },
      rules: [],
    });
  });

  test('but one that is asked for must be there', () => {
    const { config, problems } = load({ cwd: nowhere, flags: { 'config.file': 'missing.yaml' } });
    expect(config).toBeNull();
    expect(problems.map(formatProblem)).toEqual(['missing.yaml: the file cannot be read: it does not exist (fix: correct the path)']);
  });
});

describe('a root file', () => {
  test('in the working directory is taken without being asked for', () => {
    expect(loaded().file).toBe(join(good, 'remediad.yaml'));
  });

  test('is resolved relative to itself', () => {
    const config = loaded({ cwd: join(good, '..'), flags: { 'config.file': 'good/remediad.yaml' } });
    expect(config.web).toEqual({ listen: { host: '0.0.0.0', port: 8484 }, bearerTokenFile: join(good, 'secrets/token') });
    expect(config.redis).toMatchObject({ url: 'redis://store:6379/0', passwordFile: join(good, 'secrets/redis'), username: null });
    expect(config.clusters).toContainEqual({ kind: 'sandbox', name: 'prod', socket: join(good, 'run/prod.sock') });
    const credentials = { kind: 'kubeconfig', file: join(good, 'run/east.kubeconfig'), context: 'east' };
    expect(config.clusters).toContainEqual({ kind: 'kubernetes', name: 'east', credentials, qps: 20, burst: 40 });
    const own = { kind: 'kubernetes', name: 'own', credentials: { kind: 'in-cluster' }, qps: null, burst: null };
    expect(config.clusters).toContainEqual(own);
    expect(config.defaultCluster).toBe('prod');
    expect(config.prometheus).toMatchObject({ blindness: { maxMissingPercent: 40, minTargets: 5, withinMs: 1_800_000 } });
    expect(config.alertmanager).toEqual({
      url: 'http://alertmanager:9093',
      bearerTokenFile: join(good, 'secrets/alertmanager'),
      settleMs: 120_000,
    });
    expect(config.receivers).toMatchObject([{ routing_key_file: join(good, 'secrets/pagerduty') }, { secret_file: '/etc/remediad/hook' }]);
    expect(config.limits).toMatchObject({ budget: { max: 30, perMs: 600_000 }, maxInFlight: { installation: 5, cluster: 2 } });
    expect(load({}).files.map(({ file }) => file)).toEqual([
      'remediad.yaml',
      'rules/archivechain.yaml',
      'remediations/node-recovery.yaml',
      'remediations/restart.yaml',
    ]);
  });

  test('gives way to the environment, and that to flags', () => {
    const environment = {
      REMEDIAD_WEB_LISTEN_ADDRESS: '[::1]:1',
      REMEDIAD_STORAGE_PATH: 'store',
      REMEDIAD_LOG_LEVEL: 'debug',
      REMEDIAD_DRY_RUN: 'true',
    };
    const config = loaded({ environment, flags: { 'web.listen-address': 'localhost:2', 'log.format': 'json' } });
    expect(config.web.listen).toEqual({ host: 'localhost', port: 2 });
    expect(config.storage.path).toBe(join(good, 'store'));
    expect(config.log).toEqual({ level: 'debug', format: 'json' });
    expect(config.dryRun).toBe(true);
    expect(loaded({ environment, flags: { 'dry-run': false } }).dryRun).toBe(false);
    expect(loaded({ environment: { REMEDIAD_REDIS_URL: 'unix:///run/redis.sock' } }).redis?.url).toBe('unix:///run/redis.sock');
    expect(loaded({ flags: { 'web.external-url': 'https://other.example' } }).externalUrl).toBe('https://other.example');
  });

  test('makes something that nobody can change', () => {
    const config = loaded();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.rules[0]?.edition.ladder[0]?.steps)).toBe(true);
  });

  test('has a hash that changes with what it says and with nothing else', () => {
    const { hash } = loaded();
    expect(loaded({ cwd: '/', flags: { 'config.file': join(good, 'remediad.yaml'), 'storage.path': join(good, 'data') } }).hash).toBe(hash);
    expect(loaded({ flags: { 'dry-run': true } }).hash).not.toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a setting is refused', () => {
  test.each<[Partial<LoadOptions>, string]>([
    [{ flags: { 'log.level': 'trace' } }, '--log.level: must be one of debug, info, warn, error, found "trace"'],
    [{ environment: { REMEDIAD_LOG_FORMAT: 'xml' } }, 'REMEDIAD_LOG_FORMAT: must be one of logfmt, json, found "xml"'],
    [{ environment: { REMEDIAD_DRY_RUN: 'maybe' } }, 'REMEDIAD_DRY_RUN: must be true or false, found "maybe"'],
    [{ flags: { 'web.external-url': 'remediad' } }, '--web.external-url: must be an http or https address, found "remediad"'],
    [
      { flags: { 'web.listen-address': 'localhost' } },
      '--web.listen-address: "localhost" is no address to listen on (fix: write host:port, e.g. 127.0.0.1:8484 or :8484)',
    ],
    [
      { cwd: nowhere, flags: { 'web.listen-address': ':8484' } },
      '--web.listen-address: refusing to listen on :8484 without credentials: whoever gets there could pause or run everything (fix: set web.bearer_token_file, or listen on 127.0.0.1)',
    ],
    [
      { cwd: nowhere, environment: { REMEDIAD_WEB_LISTEN_ADDRESS: 'example.org:80' } },
      'REMEDIAD_WEB_LISTEN_ADDRESS: refusing to listen on example.org:80 without credentials: whoever gets there could pause or run everything (fix: set web.bearer_token_file, or listen on 127.0.0.1)',
    ],
  ])('%j', (options, line) => {
    const { config, problems } = load(options);
    expect(config).toBeNull();
    expect(problems.map(formatProblem)).toEqual([line]);
  });
});

describe('a rule', () => {
  const edition = (name: string, options: Partial<LoadOptions> = {}) => {
    const rule = loaded(options).rules.find((one) => one.rule === name);
    if (rule === undefined) throw new Error(`no rule ${name}`);
    return rule;
  };

  test('has every default resolved', () => {
    const { edition: observed, dry, continue: goesOn } = edition('observed');
    expect(observed.rule).toMatchObject({
      mode: 'observe',
      verify: { withinMs: 600_000, stableForMs: 60_000, check: null },
      guards: {
        cooldownMs: 600_000,
        targetCooldownMs: 300_000,
        maxUnavailable: { count: 1 },
        minHealthy: null,
        quorum: 'majority',
        minAgeMs: 180_000,
        loop: { maxIneffective: 3, withinMs: 14_400_000 },
        maxHoldMs: 1_800_000,
        unknownGraceMs: 120_000,
        protectedNamespaces: ['kube-system', 'monitoring'],
      },
      ladderMemoryMs: 3_600_000,
      deadlineMs: 3_600_000,
      escalateAfterMs: null,
    });
    expect([dry, goesOn]).toEqual(['observe', false]);
  });

  test('has its own word before all others', () => {
    const { edition: own, dry, continue: goesOn } = edition('archivechain-node-down');
    expect(own.rule).toMatchObject({
      guards: { cooldownMs: 900_000, maxUnavailable: { percent: 34 }, minHealthy: { count: 2 }, quorum: 'off' },
      ladderMemoryMs: 1_800_000,
      deadlineMs: 7_200_000,
      escalateAfterMs: 'never',
      priority: 'P1',
    });
    expect([dry, goesOn]).toEqual([null, true]);
  });

  test('can only add to the protected namespaces', () => {
    expect(edition('archivechain-node-down').edition.rule.guards.protectedNamespaces).toEqual(['kube-system', 'monitoring', 'vault']);
  });

  test('takes matchers from several lines', () => {
    expect(edition('archivechain-node-down').edition.rule.matchers.map(({ name, op, value }) => `${name}${op}${value}`)).toEqual([
      'alertname=ArchiveChainNodeDown',
      'severity=critical',
      'app=archivechain',
    ]);
  });

  test('names its alert by what its target is told from, but never by an address', () => {
    expect(edition('archivechain-node-down').edition.rule.verify.alertLabels).toEqual(['alertname', 'namespace', 'pod']);
    expect(edition('observed').edition.rule.verify.alertLabels).toEqual(['alertname', 'cluster', 'namespace']);
  });

  test('is pinned with the workloads that it may meet', () => {
    expect(Object.keys(edition('archivechain-node-down').edition.workloads)).toEqual(['archivechain']);
    expect(Object.keys(edition('observed').edition.workloads)).toEqual(['archivechain', 'gateway']);
  });

  test('escalates after its priority says, where it says nothing itself', () => {
    expect(edition('observed').edition.priorities).toMatchObject({
      P0: { respondWithinMs: 600_000, resolveWithinMs: 14_400_000, escalateAfterMs: 0, notify: ['hook'] },
      P1: { respondWithinMs: 3_600_000, escalateAfterMs: 1_200_000, notify: [] },
      P3: { escalateAfterMs: null },
    });
    expect(edition('observed').edition.escalation).toMatchObject({ name: 'chain-oncall', fallback: 'hook' });
  });

  test('only observes under --dry-run', () => {
    expect(edition('archivechain-node-down', { flags: { 'dry-run': true } }).dry).toBe('flag');
  });

  test('has the hash of its edition, which --dry-run does not change', () => {
    expect(edition('archivechain-node-down', { flags: { 'dry-run': true } }).hash).toBe(edition('archivechain-node-down').hash);
    expect(edition('archivechain-node-down').hash).not.toBe(edition('observed').hash);
  });

  test('waits longer for its alert to clear where only webhooks tell', () => {
    const fixtures = join(good, '../../broken');
    const options = { cwd: nowhere, ruleFiles: [join(good, '../short.yaml')], remediationFiles: [join(fixtures, 'base/restart.yaml')] };
    expect(loaded(options).rules[0]?.edition.rule.verify.withinMs).toBe(900_000);
    const asked = loaded({ ...options, cwd: fixtures, flags: { 'config.file': 'base/remediad.yaml' } });
    expect(asked.rules[0]?.edition.rule.verify.withinMs).toBe(300_000);
  });
});

describe('a remediation', () => {
  test('is inlined with its parameters, defaults included', () => {
    const ladder = loaded().rules[0]?.edition.ladder ?? [];
    expect(ladder.map(({ remediation, mode, when, params }) => ({ remediation, mode, when, params }))).toEqual([
      { remediation: 'node-recovery', mode: null, when: [], params: { min_peers: 4, note: 'none' } },
      { remediation: 'restart', mode: 'approve', when: ['not-applicable'], params: { grace: 30 } },
    ]);
    expect(ladder[0]?.steps.map(({ path, scope, word }) => [path, scope, word])).toEqual([
      ['logs', '', 'collect'],
      ['pod', '', 'check'],
      ['health', '', 'check'],
      ['peers', '', 'check'],
      ['reconnect', '', 'action'],
      ['pause', '', 'wait'],
      ['again', '', 'enter'],
      ['again/delete', 'again', 'action'],
      ['storage-team', '', 'escalate'],
    ]);
  });

  test('has all of a step', () => {
    const steps = loaded().rules[0]?.edition.ladder[0]?.steps ?? [];
    const step = (name: string) => steps.find(({ path }) => path === name);
    expect(step('health')).toEqual({
      path: 'health',
      scope: '',
      name: 'health',
      if: 'steps.pod.phase == "Running"',
      word: 'check',
      check: 'http/probe',
      with: { port: '${workload.metrics_port}', path: '${workload.health_path}' },
      timeoutMs: 5000,
      expect: 'steps.health.status < 500',
      retry: { attempts: 3, backoffMs: 2000 },
      onFailure: 'continue',
    });
    expect(step('reconnect')).toMatchObject({ settleMs: 30_000, verify: null, retry: { attempts: 1, backoffMs: 0 }, onFailure: 'stop' });
    expect(step('again')).toMatchObject({
      remediation: 'restart',
      params: { grace: '${params.min_peers}' },
      if: expect.stringContaining('!steps') as string,
    });
    expect(step('again/delete')).toMatchObject({
      verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: 300_000 },
      retry: { attempts: 2, backoffMs: 5000 },
      onFailure: 'escalate',
    });
    expect(step('storage-team')).toMatchObject({ to: 'storage-team', message: 'PV of ${target.name} (${labels.pod}) is not bound' });
    expect(step('pause')).toMatchObject({ waitMs: 10_000 });
  });
});

test('rules keep the order of their files by bytes, and of each file', () => {
  const folder = join(good, '../order');
  const { config } = load({ cwd: folder, ruleFiles: ['rules/*.yaml'], remediationFiles: [join(good, 'remediations/restart.yaml')] });
  expect(config?.rules.map(({ rule }) => rule)).toEqual(['B-first', 'B-second', 'a', 'a10', 'a9', 'ae']);
});
