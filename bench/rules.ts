import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { registry } from '../src/wiring/engine.ts';
import type { ActiveRule } from '../src/config/config.ts';
import { loadConfig, type Loaded } from '../src/config/load.ts';
import { indexRules } from '../src/config/rule-index.ts';
import type { Edition } from '../src/core/edition.ts';
import { parseMatchers } from '../src/core/matcher.ts';
import { printTable } from './table.ts';

/** What the number of rules costs: to match one alert, to load, to hold. */
const many = 10_000;

export function benchRules(): void {
  benchMatching();
  benchLoading();
}

interface Kind {
  readonly name: string;
  readonly matchers: (index: number) => string;
}

/** Of each kind the alert is taken by one rule out of the middle. */
const kinds: readonly Kind[] = [
  { name: 'an alert each', matchers: (index) => `alertname="Alert${index}", severity="critical"` },
  { name: 'one alert, a namespace each', matchers: (index) => `alertname="Alert50", namespace="ns-${index}"` },
  { name: 'two alerts each', matchers: (index) => `alertname=~"Alert${index}|Other${index}", severity!="info"` },
  { name: 'nothing written out in one of 1,000', matchers: (index) => (index % 1000 === 7 ? 'team=~"x.*"' : `alertname="Alert${index}"`) },
];

function benchMatching(): void {
  const labels = { alertname: 'Alert50', namespace: 'ns-50', severity: 'critical', instance: '10.0.0.1:9100', job: 'node', pod: 'node-0' };
  const rows = kinds.map(({ name, matchers }) => {
    const [few, lots] = [100, many].map((count) => {
      const match = indexRules(Array.from({ length: count }, (_, index) => ruleOf(matchers(index))));
      return () => match({ labels });
    });
    const [fewUs, lotsUs] = sideBySide(few as () => unknown, lots as () => unknown);
    return [name, fewUs.toFixed(2), lotsUs.toFixed(2), (lotsUs / fewUs).toFixed(2), '2.00'];
  });
  console.log('\nMatching one alert (µs)');
  printTable(['rules with', '100 rules', `${many} rules`, 'ratio', 'at most'], rows);
}

function ruleOf(matchers: string): ActiveRule {
  const edition = { rule: { matchers: parseMatchers(matchers) } } as unknown as Edition;
  return { rule: matchers, hash: '', edition, dry: null, starts: { schedule: null, manual: false, labels: {} }, continue: false };
}

/** µs of one call of each, the median of rounds by turns. */
function sideBySide(one: () => unknown, other: () => unknown): [number, number] {
  const calls = 20_000;
  const round = (call: () => unknown): number => {
    const start = performance.now();
    for (let count = 0; count < calls; count += 1) call();
    return ((performance.now() - start) / calls) * 1000;
  };
  const rounds = Array.from({ length: 15 }, () => [round(one), round(other)] as const).slice(4);
  return [median(rounds.map(([first]) => first)), median(rounds.map(([, second]) => second))];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** As short as a rule can well be, and one that says everything, like those that are shipped. */
const short = (index: number): string => `  - name: rule-${index}
    matchers: [alertname="Alert${index}", severity="critical"]
    target: { kind: Pod, namespace: "\${labels.namespace}", find: { name: "\${labels.pod}" } }
    remediations: [{ use: node-recovery, with: { min_peers: 3 } }, { use: restart-pod }]
    priority: P1
`;

const long = (index: number): string => `  - name: rule-${index}
    description: A node has not answered Prometheus for a minute.
    team: archivechain
    matchers:
      - alertname="Alert${index}"
      - severity="critical"
    mode: observe
    target:
      kind: Pod
      namespace: \${labels.namespace}
      find: { name: "\${labels.pod}" }
    remediations:
      - use: node-recovery
        with: { min_peers: 3 }
      - use: restart-pod
    verify: { within: 10m, stable_for: 2m, alert_labels: [alertname, namespace, pod] }
    guards:
      cooldown: 10m
      budgets:
        - { max: 3, per: 1h, scope: target }
        - { max: 7, per: 1d, scope: target }
      max_unavailable: 1
      quorum: majority
      min_age: 2m
      loop: { max_ineffective: 3, within: 4h }
    ladder_memory: 1h
    escalate_after: 5m
    priority: P1
`;

function benchLoading(): void {
  const rows = [
    ['short', short],
    ['long', long],
  ] as const;
  console.log(`\nLoading ${many} rules: read, checked, compiled, hashed, indexed`);
  printTable(
    ['rules', 'MB of YAML', 'first (ms)', 'again (ms)', 'must reach', 'held (MB)'],
    rows.map(([name, rule]) => {
      const directory = writeRules(rule);
      try {
        const { bytes, times, held } = loadTwice(directory);
        return [name, (bytes / 1e6).toFixed(1), ...times.map((ms) => ms.toFixed(0)), '2000', (held / 1e6).toFixed(0)];
      } finally {
        rmSync(directory.path, { recursive: true });
      }
    }),
  );
}

interface Directory {
  readonly path: string;
  readonly bytes: number;
}

function writeRules(rule: (index: number) => string): Directory {
  const path = mkdtempSync(join(tmpdir(), 'remediad-bench-'));
  mkdirSync(join(path, 'rules'));
  let bytes = 0;
  for (let file = 0; file < 20; file += 1) {
    const text = `rules:\n${Array.from({ length: many / 20 }, (_, index) => rule(file * (many / 20) + index)).join('')}`;
    bytes += text.length;
    writeFileSync(join(path, 'rules', `${file}.yaml`), text);
  }
  return { path, bytes };
}

function loadTwice({ path, bytes }: Directory): { readonly bytes: number; readonly times: readonly number[]; readonly held: number } {
  const before = heldBytes();
  const times: number[] = [];
  let kept: unknown = null;
  for (let round = 0; round < 2; round += 1) {
    kept = null;
    const start = performance.now();
    const { config, problems } = load(path);
    if (config?.rules.length !== many) throw new Error(problems[0]?.message ?? 'not all rules were loaded');
    kept = [config, indexRules(config.rules)];
    times.push(performance.now() - start);
  }
  const held = heldBytes() - before;
  if (kept === null) throw new Error('nothing was loaded');
  return { bytes, times, held };
}

function load(path: string): Loaded {
  const examples = join(import.meta.dirname, '../examples/remediad.yaml');
  return loadConfig({
    flags: { 'config.file': examples },
    environment: {},
    cwd: path,
    vocabulary: registry,
    ruleFiles: ['rules/*.yaml'],
  });
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

if (import.meta.main) benchRules();
