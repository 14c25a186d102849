import { describe, expect, test } from 'vitest';
import {
  alertUrl,
  commandsOf,
  graphUrl,
  incidentLinks,
  linksOf,
  runUrl,
  shell,
  silenceLinks,
  silenceUrl,
} from '../../../src/core/links.ts';
import { sampleRun } from '../../support/sample.ts';

const config = { externalUrl: 'https://ops.example/remediad/', alertmanagerUrl: 'http://alertmanager:9093' };
const nowhere = { externalUrl: null, alertmanagerUrl: null };

describe('links', () => {
  test('stand below the path of external_url', () => {
    expect(runUrl(config, 'r-1a')).toBe('https://ops.example/remediad/api/v1/runs/r-1a');
    const href = 'https://ops.example/api/v1/incidents/i-2f';
    expect(incidentLinks({ ...config, externalUrl: 'https://ops.example' }, 'i-2f')).toEqual([{ text: 'incident', href }]);
    expect(incidentLinks(config, 'store')).toEqual([]);
  });

  test('prefill a silence with every label, quoted as Alertmanager reads it', () => {
    const url = silenceUrl(config, { alertname: 'Down', path: 'a "b" & c' });
    expect(url).toBe(
      `http://alertmanager:9093/#/silences/new?filter=${encodeURIComponent(String.raw`{alertname="Down", path="a \"b\" & c"}`)}`,
    );
  });

  test('lead to the alert and its graph at Prometheus', () => {
    const generator = 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1';
    expect(alertUrl(generator)).toBe(generator);
    expect(graphUrl(generator)).toBe('http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=0&g0.range_input=3h');
    expect(graphUrl('http://grafana/d/abc')).toBeNull();
  });

  test.each(['', 'javascript:alert(1)', 'file:///etc/passwd', 'not a url'])('are never made of %j', (generator) => {
    expect(alertUrl(generator)).toBeNull();
    expect(graphUrl(generator)).toBeNull();
    expect(runUrl({ ...nowhere, externalUrl: generator }, 'r-1a')).toBeNull();
  });

  test('are left out where an address is not configured', () => {
    expect(linksOf(sampleRun(), config).map(({ text }) => text)).toEqual(['run', 'alert', 'graph', 'silence']);
    expect(linksOf(sampleRun({ generatorURL: '' }), nowhere)).toEqual([]);
    expect(linksOf(sampleRun({ labels: { a: 'x'.repeat(4000) } }), config).map(({ text }) => text)).toEqual(['run', 'alert', 'graph']);
  });
});

test('an alert without a run has its silence', () => {
  expect(silenceLinks({ a: 'b' }, config).map(({ text }) => text)).toEqual(['silence']);
  expect(silenceLinks({ a: 'b' }, nowhere)).toEqual([]);
});

describe('commands', () => {
  test('can be pasted into a shell as they stand', () => {
    expect(commandsOf(sampleRun()).map(({ command }) => command)).toEqual([
      'remediad runs show r-1a',
      "remediad pause target:pod:main/archivechain-prod/node-1 --why 'by hand, see r-1a'",
      'remediad resume target:pod:main/archivechain-prod/node-1',
      'remediad status',
    ]);
  });

  test('quote what a shell would read otherwise', () => {
    expect(shell('echo', '$(reboot)', "it's", '', 'a b')).toBe(String.raw`echo '$(reboot)' 'it'\''s' '' 'a b'`);
  });
});
