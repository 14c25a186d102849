import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { needBinary } from '../support/binary.ts';
import { startProcess } from '../support/process.ts';
import { withoutKubernetes } from '../support/shipped-prometheus.ts';
import { tempDir } from '../support/temp-dir.ts';

const monitoring = resolve(import.meta.dirname, '../../monitoring');
const alertRules = join(monitoring, 'prometheus/archivechain_alerts.yml');
const alertTests = join(monitoring, 'prometheus/archivechain_alerts_test.yml');
const receiver = join(monitoring, 'alertmanager/remediad.yml');

async function ask(program: string, ...args: string[]) {
  await using child = await startProcess(needBinary(program), args);
  return { code: await child.waitForEnd(30_000), output: child.output, stdout: child.stdout.trim() };
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string; readonly labels: Record<string, string> }[];
  }[];
}

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

const read = async <T>(path: string) => parse(await readFile(path, 'utf8')) as T;
const alerts = async () => (await read<RuleFile>(alertRules)).groups.flatMap(({ rules }) => rules);

describe('the shipped alerts', () => {
  test('are good for promtool', async () => {
    expect(await ask('promtool', 'check', 'rules', '--lint-fatal', alertRules)).toMatchObject({
      code: 0,
      output: expect.stringContaining('11 rules found'),
    });
  });

  test('pass their own tests', async () => {
    expect(await ask('promtool', 'test', 'rules', alertTests)).toMatchObject({ code: 0 });
  });

  test('are each shown to fire and to stay silent or to carry the labels that a target is found by', async () => {
    const cases = (await read<TestFile>(alertTests)).tests.flatMap((file) => file.alert_rule_test);
    const fired = cases.filter(({ exp_alerts }) => exp_alerts.length > 0);
    expect(new Set(fired.map(({ alertname }) => alertname))).toEqual(new Set((await alerts()).map(({ alert }) => alert)));
    const labels = ['namespace', 'pod', 'app', 'instance', 'region', 'job', 'team', 'severity', 'priority'];
    for (const alert of fired.flatMap(({ exp_alerts }) => exp_alerts as { exp_labels: Record<string, string> }[])) {
      expect(Object.keys(alert.exp_labels)).toEqual(expect.arrayContaining(labels));
    }
  });

  test('keep every label that a target is found by when they aggregate', async () => {
    for (const { alert, expr } of await alerts()) {
      for (const [, by = ''] of expr.matchAll(/by \(([^)]*)\)/g)) {
        expect(by.split(', '), alert).toEqual(expect.arrayContaining(['namespace', 'pod', 'app', 'instance', 'region', 'job']));
      }
    }
  });
});

describe('the shipped prometheus.yml', () => {
  test('is good for promtool, discovery aside', async () => {
    await using folder = await tempDir();
    const config = await read<Record<string, unknown>>(join(monitoring, 'prometheus/prometheus.yml'));
    await writeFile(join(folder.path, 'prometheus.yml'), stringify(withoutKubernetes(config, [])));
    await writeFile(join(folder.path, 'archivechain_alerts.yml'), await readFile(alertRules));
    expect(await ask('promtool', 'check', 'config', join(folder.path, 'prometheus.yml'))).toMatchObject({ code: 0 });
  });
});

describe('the receiver for Alertmanager', () => {
  const route = (...labels: string[]) => ask('amtool', 'config', 'routes', 'test', `--config.file=${receiver}`, ...labels);

  test('is good for amtool', async () => {
    expect(await ask('amtool', 'check-config', receiver)).toMatchObject({ code: 0, output: expect.stringContaining('SUCCESS') });
  });

  test('reports the alerts of the fleet to remediad and still to a human', async () => {
    for (const { alert, labels } of await alerts()) {
      const { stdout } = await route(`alertname=${alert}`, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`));
      expect(stdout, alert).toBe('remediad,on-call');
    }
  });

  test('leaves all other alerts to humans', async () => {
    expect((await route('alertname=Watchdog')).stdout).toBe('on-call');
  });

  test('sends everything to where remediad listens, resolves and whole groups', async () => {
    const { receivers } = await read<{ receivers: { name: string; webhook_configs?: unknown[] }[] }>(receiver);
    expect(receivers.find(({ name }) => name === 'remediad')?.webhook_configs).toEqual([
      { url: 'http://127.0.0.1:8484/api/v1/webhooks/alertmanager', send_resolved: true, max_alerts: 0 },
    ]);
  });
});
