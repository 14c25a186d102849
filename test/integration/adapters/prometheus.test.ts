import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPrometheus } from '../../../src/adapters/prometheus/prometheus.ts';
import { createWeb } from '../../../src/adapters/web/web.ts';
import { Sight } from '../../../src/app/sight.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { processClock } from '../../support/log.ts';
import { eventually } from '../../support/eventually.ts';
import { startPrometheus, type Prometheus } from '../../support/prometheus.ts';
import { startSink } from '../../support/http-sink.ts';

const config = `
global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { cluster: prod, replica: 1 } }
rule_files: [rules.yml]
`;
const odd = String.raw`a"b\\c`;
const rules = `
groups:
  - name: alerts
    rules:
      - { alert: Fires, expr: 'vector(1)', labels: { pod: node-1, note: '${odd}' } }
      - { alert: Waits, expr: 'vector(1)', for: 1h, labels: { pod: node-1 } }
      - { alert: Silent, expr: 'vector(1) > 2', labels: { pod: node-1 } }
      - { alert: Broken, expr: 'label_replace(vector(1), "a", "$1", "b", "(.*)") * on () group_left () (vector(1) or label_replace(vector(1), "x", "y", "", ""))' }
      - { record: Recorded, expr: 'vector(1)' }
`;

const soon = () => AbortSignal.timeout(15_000);
let server: Prometheus;
let endpoint = '';
const web = createWeb(() => ({ prometheus: endpoint }));
const source = () => createPrometheus(`${endpoint}/`, web);

beforeAll(async () => {
  server = await startPrometheus({ config, files: { 'rules.yml': rules } });
  endpoint = server.url;
  await eventually('the rules to be evaluated', async () => (await server.query('ALERTS')).length >= 2, { withinMs: 20_000 });
});
afterAll(async () => {
  web[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

describe('whether an alert fires', () => {
  test('firing', async () => {
    expect(await source().state({ alertname: 'Fires', pod: 'node-1' }, soon())).toBe('firing');
    expect(await source().state({ alertname: 'Fires', pod: 'node-1', note: odd }, soon())).toBe('firing');
  });

  test('pending counts as such', async () => {
    expect(await source().state({ alertname: 'Waits', pod: 'node-1' }, soon())).toBe('pending');
  });

  test('not firing, said by a rule that was evaluated', async () => {
    expect(await source().state({ alertname: 'Silent', pod: 'node-1' }, soon())).toBe('not-firing');
    expect(await source().state({ alertname: 'Fires', pod: 'node-2' }, soon())).toBe('not-firing');
  });

  test('an empty label asks for its absence', async () => {
    expect(await source().state({ alertname: 'Fires', namespace: '' }, soon())).toBe('firing');
    expect(await source().state({ alertname: 'Fires', pod: '' }, soon())).toBe('not-firing');
  });

  test('values cannot break out of the query', async () => {
    expect(await source().state({ alertname: 'Fires', pod: 'x"} or ALERTS{alertname="Fires' }, soon())).toBe('not-firing');
  });

  test('external labels of this Prometheus are no obstacle', async () => {
    expect(await source().state({ alertname: 'Fires', pod: 'node-1', cluster: 'prod', replica: '1' }, soon())).toBe('firing');
    expect(await source().state({ alertname: 'Waits', cluster: 'prod' }, soon())).toBe('pending');
    expect(await source().state({ alertname: 'Silent', cluster: 'prod' }, soon())).toBe('not-firing');
  });
});

describe('silence is no answer', () => {
  test.each([
    ['about a rule that Prometheus does not have', { alertname: 'Unheard', pod: 'node-1' }, /no alerting rule named Unheard/],
    ['about a recording rule', { alertname: 'Recorded' }, /no alerting rule named Recorded/],
    ['about a rule whose evaluation fails', { alertname: 'Broken' }, /the rule Broken is not evaluated \(err\)/],
    ['about an alert of another Prometheus', { alertname: 'Silent', cluster: 'other' }, /cluster=other, which is not an external label/],
    ['without the name of the alert', { pod: 'node-9' }, /alertname/],
  ])('%s', async (_name, labels, message) => {
    await expect(source().state(labels, soon())).rejects.toMatchObject({ name: 'ClusterError', message });
  });

  test('of a Prometheus that has not evaluated its rules yet', async () => {
    await using fresh = await startPrometheus({
      config: config.replace('evaluation_interval: 1s', 'evaluation_interval: 10m'),
      files: { 'rules.yml': rules },
    });
    const other = createWeb(() => ({ fresh: fresh.url }));
    await expect(createPrometheus(fresh.url, other).state({ alertname: 'Silent' }, soon())).rejects.toMatchObject({
      message: /the rule Silent is not evaluated \(unknown\)/,
    });
    other[Symbol.dispose]();
  });

  test('of one that hangs', async () => {
    server.pause();
    try {
      await expect(source().state({ alertname: 'Fires' }, AbortSignal.timeout(300))).rejects.toMatchObject({ kind: 'timeout' });
    } finally {
      server.resume();
    }
  });
});

describe('a query', () => {
  test('gives each series with its value', async () => {
    expect(await source().query('label_replace(vector(1.5), "a", "b", "", "")', soon())).toEqual([{ labels: { a: 'b' }, value: 1.5 }]);
    expect(await source().query('scalar(vector(2))', soon())).toEqual([{ labels: {}, value: 2 }]);
    expect(await source().query('vector(1) > 2', soon())).toEqual([]);
  });

  test('tells infinite and missing numbers apart', async () => {
    expect(await source().query('vector(1) / 0', soon())).toEqual([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
    expect(await source().query('vector(-1) / 0', soon())).toEqual([{ labels: {}, value: Number.NEGATIVE_INFINITY }]);
    expect(await source().query('vector(0) / 0', soon())).toEqual([{ labels: {}, value: Number.NaN }]);
  });

  test.each([
    ['that is no PromQL', 'sum(', /parse error/],
    ['that gives a range', 'up[5m]', /gives a matrix/],
    ['that gives a text', '"a"', /gives a string/],
  ])('%s is refused in words', async (_name, query, message) => {
    await expect(source().query(query, soon())).rejects.toMatchObject({ name: 'ClusterError', kind: 'invalid', message });
  });
});

describe('what else may stand at that address', () => {
  test.each([
    [{ status: 503, body: 'starting' }, 'unreachable'],
    [{ status: 429, body: 'slow down' }, 'overloaded'],
    [{ status: 401, body: 'who?' }, 'forbidden'],
    [{ status: 200, body: '<html>' }, 'invalid'],
    [{ status: 200, body: '{"status":"success","data":{"resultType":"vector","result":"x"}}' }, 'invalid'],
  ])('%j is unreadable', async (answer, kind) => {
    await using sink = await startSink(answer);
    const other = createWeb(() => ({ sink: sink.url }));
    await expect(createPrometheus(sink.url, other).query('up', soon())).rejects.toMatchObject({ name: 'ClusterError', kind });
    other[Symbol.dispose]();
  });
});

describe('how much of what it scrapes answers', () => {
  const timing = { sightMs: 10_000, sightKeepMs: 0 };
  const limits = { maxMissingPercent: 50, minTargets: 1, withinMs: 60_000 };
  const cluster = { name: 'main', getNamespace: () => Promise.resolve(null) } as Partial<Cluster> as Cluster;
  const scraping = (targets: string) => `
global: { scrape_interval: 1s }
scrape_configs: [{ job_name: all, static_configs: [{ targets: [${targets}] }] }]
`;

  test('is told by the targets that are down and by those that are gone altogether', async () => {
    await using down = await startPrometheus({ config });
    const host = new URL(down.url).host;
    await using scraper = await startPrometheus({ config: scraping(`'${host}', 'localhost:1'`) });
    using own = createWeb(() => ({ prometheus: scraper.url }));
    const sight = new Sight({ metrics: createPrometheus(scraper.url, own), limits, clock: processClock, timing });
    const counts = async () => (await sight.of(cluster)).prometheus;

    await eventually('both to be scraped', async () => JSON.stringify(await counts()).includes('"up":1,"most":2'), { withinMs: 20_000 });

    expect(await sight.sees(cluster)).toBe(true);
    await down.kill();
    await eventually('nothing to be up', async () => !(await sight.sees(cluster)), { withinMs: 20_000 });
    expect(await counts()).toMatchObject({ up: 0, most: 2 });
    await scraper.kill();
    expect(await counts()).toHaveProperty('silent');
  });
});
