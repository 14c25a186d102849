import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/core/alert/fingerprint.ts';
import { parseWebhook, WebhookError } from '../../../src/core/webhook.ts';

const folder = join(import.meta.dirname, '../../fixtures/payloads');
const recorded = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

interface Recorded {
  readonly alerts: readonly { readonly labels: Record<string, string>; readonly fingerprint: string; readonly startsAt: string }[];
}

describe('a recorded webhook', () => {
  test('is there of every version', () => {
    expect(recorded.length).toBe(52);
  });

  test.each(recorded)('%s is read to the last alert', (name) => {
    const body = read(name) as Recorded;
    const webhook = parseWebhook(body);
    expect(webhook.rejected).toEqual([]);
    expect(webhook.alerts.map(({ labels, fingerprint }) => ({ labels, fingerprint }))).toEqual(
      body.alerts.map(({ labels, fingerprint }) => ({ labels, fingerprint })),
    );
    expect(webhook.alerts.map(({ startsAt }) => startsAt)).toEqual(body.alerts.map(({ startsAt }) => Date.parse(startsAt)));
  });

  test.each(recorded)('%s carries the fingerprints that we compute', (name) => {
    for (const { labels, fingerprint } of (read(name) as Recorded).alerts) expect(fingerprintOf(labels)).toBe(fingerprint);
  });

  test('says what was cut off, and which alerts still fire though the group says resolved', () => {
    const webhook = parseWebhook(read('0.33.1/truncated_status_resolved_while_others_fire.json'));
    expect(webhook.truncatedAlerts).toBe(4);
    expect(new Set(webhook.alerts.map(({ status }) => status))).toEqual(new Set(['resolved']));
    expect(parseWebhook(read('0.33.1/partially_resolved.json')).alerts.map(({ status }) => status)).toEqual(['resolved', 'firing']);
  });

  test('tells a new episode by its later start', () => {
    const [before] = parseWebhook(read('0.33.1/resolved.json')).alerts;
    const [again] = parseWebhook(read('0.33.1/refire.json')).alerts;
    expect(again?.fingerprint).toBe(before?.fingerprint);
    expect(again?.startsAt).toBeGreaterThan(before?.endsAt ?? Number.POSITIVE_INFINITY);
  });
});

const alert = { status: 'firing', labels: { alertname: 'A' }, startsAt: '2026-11-21T20:00:00Z' };

describe('an envelope', () => {
  test('needs its version and its alerts alone', () => {
    expect(parseWebhook({ version: '4', alerts: [alert], somethingNew: {} })).toMatchObject({
      receiver: '',
      externalURL: '',
      truncatedAlerts: 0,
      rejected: [],
    });
  });

  test('may be empty', () => {
    expect(parseWebhook({ version: '4', alerts: [] }).alerts).toEqual([]);
  });

  test.each([
    [null, 'the body must be a JSON object, as Alertmanager posts it'],
    ['{"version":"4"}', 'the body must be a JSON object, as Alertmanager posts it'],
    [[], 'the body must be a JSON object, as Alertmanager posts it'],
    [{ alerts: [] }, 'version: must be "4": post Alertmanager\'s own webhook body (no `payload:` in webhook_configs)'],
    [{ version: '4' }, 'alerts: must be a list of alerts'],
    [
      { version: 4, alerts: {}, receiver: 1, truncatedAlerts: 0.5 },
      'version: must be "4": post Alertmanager\'s own webhook body (no `payload:` in webhook_configs); alerts: must be a list of alerts; receiver: must be a string; truncatedAlerts: must be a whole number',
    ],
    [{ version: '4', alerts: [], truncatedAlerts: -1 }, 'truncatedAlerts: must not be negative'],
    [{ version: '4', alerts: [], externalURL: null }, 'externalURL: must be a string'],
  ])('is refused when malformed: %j', (body, message) => {
    expect(() => parseWebhook(body)).toThrow(new WebhookError('malformed', message));
  });

  test('is refused when it holds more than 10,000 alerts', () => {
    const body = { version: '4', alerts: Array.from({ length: 10_001 }, () => alert) };
    expect(() => parseWebhook(body)).toThrow(
      new WebhookError('too-many', 'alerts: 10001 alerts in one body, at most 10000 are taken: set max_alerts in webhook_configs'),
    );
  });

  test('loses no neighbour of a bad alert', () => {
    const webhook = parseWebhook({ version: '4', alerts: [alert, null, { ...alert, labels: { a: 'x'.repeat(5000) } }, alert] });
    expect(webhook.alerts.length).toBe(2);
    expect(webhook.rejected.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'invalid-alert'],
      [2, 'alert-too-large'],
    ]);
  });

  test('has no prototype to poison', () => {
    const body: unknown = JSON.parse('{"version":"4","alerts":[],"__proto__":{"alerts":[1]},"constructor":{"prototype":{"polluted":1}}}');
    expect(parseWebhook(body).alerts).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
