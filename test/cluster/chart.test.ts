import { readFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { runRemediad } from '../support/daemon.ts';
import { tempDir } from '../support/temp-dir.ts';
import { Api } from './api.ts';
import { chartFolder, helm, kubectl, lasting, manifestsOf, render, textOf, theOne, writeConfig, type Values } from './chart.ts';

const root = resolve(import.meta.dirname, '../..');
const workloads = {
  archive: {
    kind: 'StatefulSet',
    name: 'archive',
    container: 'node',
    process: 'node',
    ports: { metrics: 9999 },
    health_path: '/health',
    peers_command: ['cli', 'peers'],
  },
};
const oncall = {
  receivers: [{ name: 'oncall', type: 'pagerduty', routing_key_file: '/etc/remediad/secrets/pagerduty.key' }],
  escalation_policies: ['chain-oncall', 'chain-storage'].map((name) => ({ name, steps: [{ after: '0s', notify: ['oncall'] }] })),
  defaults: { escalation: 'chain-oncall' },
  emergency_receiver: 'oncall',
};

/** What operators may well install. */
const installations: Readonly<Record<string, Values>> = {
  'that observes': { config: { workloads } },
  'of examples/kubernetes/first-look.yaml': exampleOf('first-look'),
  'of examples/kubernetes/production.yaml': { ...exampleOf('production'), namespaces: ['default'] },
  'that may act in two namespaces': {
    mode: 'act',
    namespaces: ['default', 'kube-public'],
    rules: { modes: { 'archivechain-node-down': 'act' } },
    config: { ...oncall, prometheus: { url: 'http://prometheus.monitoring:9090' }, workloads },
    image: { repository: 'registry.test/remediad', tag: 'x', pullSecrets: [{ name: 'registry' }] },
  },
  'of three replicas with a store of their own': {
    replicas: 3,
    config: { redis: { url: 'redis://redis.redis:6379/0', password_file: '/etc/remediad/secrets/redis' }, workloads },
    networkPolicy: { enabled: true, from: [{ namespaceSelector: {} }] },
    rbac: { readEverywhere: true },
  },
  'with rules of its own, and all that can be set': {
    rules: {
      shipped: false,
      files: { 'mine.yaml': { rules: [ownRule('by-map')] }, 'text.yaml': stringify({ rules: [ownRule('by-text')] }) },
    },
    remediations: { files: { 'mine.yaml': 'name: mine\nsteps:\n  - { name: look, check: kubernetes/pod-status }\n' } },
    persistence: { size: '10Gi', storageClassName: 'fast' },
    podLabels: { team: 'chain' },
    podAnnotations: { note: 'x' },
    serviceAccount: { annotations: { note: 'x' } },
    service: { type: 'NodePort', port: 9000, annotations: { note: 'x' } },
    networkPolicy: { enabled: true },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'system-cluster-critical',
    clusterName: 'fsn',
  },
};

function exampleOf(name: string): Values {
  return parse(readFileSync(join(root, `examples/kubernetes/${name}.yaml`), 'utf8')) as Values;
}

function ownRule(name: string) {
  const target = { kind: 'Pod', namespace: '${labels.namespace}', find: { name: '${labels.pod}' } };
  return { name, matchers: [`alertname="${name}"`], target, remediations: [{ use: 'restart-pod' }] };
}

test('helm has nothing to say against the chart', async () => {
  expect(await helm(['lint', chartFolder, '--strict'], { values: {} })).toMatchObject({
    code: 0,
    output: expect.stringContaining('0 chart(s) failed'),
  });
});

describe.each(Object.entries(installations))('an installation %s', (_, values) => {
  test('is accepted by the API server, also by its strictest pod security', async () => {
    await using space = await namespaceOf({ 'pod-security.kubernetes.io/warn': 'restricted' });
    await using folder = await tempDir();
    const file = join(folder.path, 'all.yaml');
    // Its kind belongs to the Prometheus operator, which is not here.
    const known = manifestsOf(await render(values, { namespace: space.name })).filter(({ kind }) => kind !== 'ServiceMonitor');
    await writeFile(file, textOf(known));
    const said = await kubectl(space.kubeconfig, 'apply', '--dry-run=server', '-f', file);
    expect(said).toMatchObject({ code: 0, output: expect.stringMatching(/deployment\.apps\/\S+ created \(server dry run\)/) });
    expect(said.output).not.toMatch(/warning/i);
  });

  test('has a configuration that remediad takes without a word of warning', async () => {
    await using folder = await tempDir();
    const { code, output } = await runRemediad([
      'check',
      '--lint-fatal',
      '--config.file',
      await writeConfig(folder.path, await render(values)),
    ]);
    expect({ code, output }).toEqual({ code: 0, output });
  });
});

/** A namespace with these labels, which stays until the control plane ends. */
async function namespaceOf(labels: Readonly<Record<string, string>>) {
  const place = inject('cluster');
  const api = Api.admin(place);
  const { metadata } = await api.create<{ metadata: { name: string } }>('/api/v1/namespaces', {
    metadata: { generateName: 'chart-', labels },
  });
  return { name: metadata.name, kubeconfig: place.adminKubeconfig, api, [Symbol.asyncDispose]: async () => api[Symbol.dispose]() };
}

describe('the chart', () => {
  let shipped: string;
  beforeAll(async () => void (shipped = await render()));

  test.each(['rules', 'remediations'])('ships exactly the %s of the repository, to the byte', async (part) => {
    const files = (await readdir(join(root, part))).filter((name) => name.endsWith('.yaml'));
    const texts = await Promise.all(files.map(async (name) => [name, await readFile(join(root, part, name), 'utf8')] as const));
    const maps = manifestsOf(shipped).filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(`remediad-${part}`));
    // What runs, and what is checked before.
    expect(maps.map(({ data }) => data)).toEqual([Object.fromEntries(texts), Object.fromEntries(texts)]);
  });

  test('packs them into its archive, not the links to them', async () => {
    await using folder = await tempDir();
    expect(await helm(['package', chartFolder, '--destination', folder.path])).toMatchObject({ code: 0 });
    const [archive = ''] = await readdir(folder.path);
    const unpacked = await helm(['template', 'remediad', join(folder.path, archive), '--namespace', 'default'], { values: {} });
    expect(unpacked).toMatchObject({ code: 0, output: shipped });
  });

  test('only observes unless it is told to act', () => {
    expect(configOf(shipped)).toMatchObject({ global: { dry_run: true }, clusters: [{ name: 'cluster', in_cluster: true }] });
  });

  test('takes over what is said of the rest, other clusters too', async () => {
    const clusters = [{ name: 'other', kubeconfig: '/etc/remediad/secrets/kubeconfig', context: 'other' }];
    const config = { clusters, global: { external_url: 'https://remediad.test' }, exec_allow: [['ls']] };
    expect(configOf(await render({ mode: 'act', config }))).toMatchObject({ ...config, global: { ...config.global, dry_run: false } });
  });

  test('replaces a shipped file by one of the same name', async () => {
    const own = { rules: [ownRule('mine')] };
    expect(rulesOf(await render({ rules: { files: { 'archivechain.yaml': own } } }))).toEqual(own.rules);
  });

  test('changes the mode of the shipped rule that is named, and nothing else of it', async () => {
    const changed = await render({ rules: { modes: { 'archivechain-low-peers': 'act' } } });
    const expected = rulesOf(shipped).map((rule) => (rule.name === 'archivechain-low-peers' ? { ...rule, mode: 'act' } : rule));
    expect(rulesOf(changed)).toEqual(expected);
  });

  test('starts the daemon anew when its configuration changes, and only then', async () => {
    const marks = async (values: Values) => theOne(manifestsOf(await render(values)), 'Deployment').spec;
    expect(await marks({})).toEqual(await marks({ namespaces: ['other'] }));
    expect(await marks({})).not.toEqual(await marks({ clusterName: 'other' }));
    expect(await marks({})).not.toEqual(await marks({ rules: { modes: { 'archivechain-low-peers': 'approve' } } }));
  });

  test.each([
    ['a value that is no value', { replica: 1 }, "additional properties 'replica' not allowed"],
    ['a mode that is no mode', { mode: 'on' }, "at '/mode': value must be one of 'observe', 'act'"],
    ['no image', { image: { repository: '' } }, 'image.repository is missing: build the image'],
    [
      'two daemons on one embedded store',
      { replicas: 2 },
      'replicas is more than 1, but the embedded store belongs to one daemon: set config.redis.url',
    ],
    ['acting without a memory', { mode: 'act', persistence: { enabled: false } }, 'a daemon that forgets what it did may do it again'],
    [
      'an address of its own',
      { config: { web: { listen_address: ':1' } } },
      "config.web is the chart's own: see the values service.port and secretName",
    ],
    ['a dry run besides the mode', { config: { global: { dry_run: false } } }, "config.global.dry_run is the chart's own: set mode"],
    [
      'the mode of a rule that there is not',
      { rules: { modes: { nope: 'act' } } },
      'rules.modes names nope, which is no shipped rule: there are archivechain-node-down,',
    ],
    ['a rule file that is not read', { rules: { files: { mine: '' } } }, 'the file mine must be called something.yaml'],
    [
      'an account that nobody named',
      { serviceAccount: { create: false } },
      'serviceAccount.create is false: say in serviceAccount.name which one to use',
    ],
  ])('refuses %s, and says what to do', async (_, values, message) => {
    await expect(render(values)).rejects.toThrow(message);
  });
});

function configOf(rendered: string): unknown {
  return parse(theOne(lasting(manifestsOf(rendered)), 'ConfigMap', '-config').data?.['remediad.yaml'] ?? '');
}

function rulesOf(rendered: string): { name: string }[] {
  const text = theOne(lasting(manifestsOf(rendered)), 'ConfigMap', '-rules').data?.['archivechain.yaml'] ?? '';
  return (parse(text) as { rules: { name: string }[] }).rules;
}
