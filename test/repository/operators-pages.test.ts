import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { allRows, rootTables } from '../../scripts/configuration-page.ts';
import { REMEDIATION, ROOT, RULE } from '../../scripts/configuration-words.ts';
import { rowsOf } from '../../scripts/schema-rows.ts';
import { routes } from '../../src/adapters/http/routes/index.ts';
import { keysOf } from '../../src/adapters/store/keys.ts';
import { createTelemetry } from '../../src/adapters/telemetry/telemetry.ts';
import { remediationSchema } from '../../src/config/schema/remediation.ts';
import { ruleSchema } from '../../src/config/schema/rule.ts';
import type { Brake } from '../../src/core/brake.ts';
import { needBinary } from '../support/binary.ts';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

const docs = resolve(import.meta.dirname, '../../docs');
const page = (name: string) => readFile(join(docs, name), 'utf8');

describe('docs/configuration.md', () => {
  test('explains every key', () => {
    expect(allRows().filter(({ describe: text }) => text === '')).toEqual([]);
  });

  test('has no words for keys that are gone', () => {
    const tables = [
      { amendments: ROOT, rows: rootTables().flatMap(({ rows }) => rows) },
      { amendments: RULE, rows: rowsOf(ruleSchema) },
      { amendments: REMEDIATION, rows: rowsOf(remediationSchema) },
    ];
    for (const { amendments, rows } of tables) {
      const paths = new Set(rows.map(({ path }) => path));
      const folded = Object.keys(amendments.elsewhere ?? {});
      const named = [amendments.words, amendments.fallbacks, amendments.types].flatMap((part) => Object.keys(part ?? {}));
      const gone = named.filter((path) => !paths.has(path) && !folded.some((one) => path.startsWith(`${one}.`)));
      expect(gone).toEqual([]);
    }
  });
});

describe('docs/api.md', () => {
  test('tells every route and no other', async () => {
    const told = [...(await page('api.md')).matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, route]) => route);
    expect(new Set(told)).toEqual(new Set(routes.map(({ method, url }) => `${method} ${url}`)));
    expect(told).toHaveLength(routes.length);
  });

  test('shows answers that can be parsed', async () => {
    const blocks = [...(await page('api.md')).matchAll(/```json\n([^]*?)```/g)].flatMap(([, text = '']) => text.trim().split('\n'));
    expect(blocks.length).toBeGreaterThan(8);
    // What is cut ends in an ellipsis.
    for (const line of blocks.filter((text) => !text.includes('…'))) expect(JSON.parse(line)).toBeTypeOf('object');
  });
});

describe('docs/operations.md', () => {
  test('pauses a restored backup, by the key and the shape of a brake, before it starts', async () => {
    const [, restore = ''] = /\*\*Restore\*\*[^]*?```sh\n([^]*?)```/.exec(await page('operations.md')) ?? [];
    const [before = ''] = restore.split('remediad serve');
    const [, key, brake = ''] = /HSET '([^']+)' all '([^']+)'/.exec(before) ?? [];
    expect(key).toBe(keysOf('remediad')('brake'));
    const whole: Brake = { scope: 'all', by: 'restore', why: 'a backup was restored', until: null, at: 0 };
    expect(JSON.parse(brake)).toEqual(whole);
  });

  test('alerts on rules that are good for promtool', async () => {
    const [, rules = ''] = /```yaml\n([^]*?)```/.exec(await page('operations.md')) ?? [];
    await using folder = await tempDir();
    const file = join(folder.path, 'rules.yml');
    await writeFile(file, rules);
    await using child = await startProcess(needBinary('promtool'), ['check', 'rules', '--lint-fatal', file]);
    expect({ code: await child.waitForEnd(30_000), output: child.output }).toMatchObject({ code: 0 });
  });

  test.each(['operations.md', 'design.md', 'api.md'])('names only metrics that there are (%s)', async (name) => {
    const registry = new Registry();
    const never = () => Promise.reject(new Error('nothing is read'));
    const reads = { records: { counts: never, runs: never, incidents: never }, brakes: { brakes: never } };
    createTelemetry({ registry, version: '0', reads, scrapeMs: 1, actions: [], receivers: [], clusters: [] });
    const known = new Set(registry.getMetricsAsArray().map((metric) => metric.name));
    const named = [...(await page(name)).matchAll(/\bremediad_[a-z_]+\b/g)].map(([metric]) => metric);
    expect(named.filter((metric) => !known.has(metric))).toEqual([]);
  });
});
