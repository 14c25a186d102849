import { describe, expect, test } from 'vitest';
import { fingerprintOf, isRejected, parseAlert, type Alert } from '../../../../src/core/alert.ts';

const good = {
  status: 'firing',
  labels: { alertname: 'NodeDown', pod: 'node-1' },
  annotations: { summary: 'down' },
  startsAt: '2026-11-21T20:00:00.421814963Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prom:9090/graph',
  fingerprint: '0123456789abcdef',
};
const resolved = { ...good, status: 'resolved', endsAt: '2026-11-21T21:00:00+01:00' };

function accepted(value: unknown): Alert {
  const alert = parseAlert(value, 0);
  if (isRejected(alert)) throw new Error(alert.message);
  return alert;
}

describe('an alert', () => {
  test('is read with its times in ms and no end while it fires', () => {
    expect(accepted(good)).toEqual({ ...good, startsAt: 1_795_291_200_421, endsAt: null });
  });

  test('has an end when it is resolved', () => {
    expect(accepted(resolved)).toMatchObject({ status: 'resolved', endsAt: 1_795_291_200_000 });
  });

  test('may say any end while it fires, for that is a forecast', () => {
    expect(accepted({ ...good, endsAt: 'whenever' }).endsAt).toBeNull();
  });

  test('needs neither fingerprint nor annotations nor URL, and may say more than we know', () => {
    const { status, labels, startsAt } = good;
    expect(accepted({ status, labels, startsAt, silenceURL: 'http://x', nested: { a: [1] } })).toMatchObject({
      fingerprint: fingerprintOf(labels),
      annotations: {},
      generatorURL: '',
    });
    expect(accepted({ ...good, annotations: null, generatorURL: null, fingerprint: '' })).toMatchObject({
      annotations: {},
      generatorURL: '',
    });
  });

  test('has no label without a value', () => {
    expect(accepted({ ...good, labels: { a: '1', b: '' } }).labels).toEqual({ a: '1' });
  });

  test('may have labels and annotations of any name, control characters and all', () => {
    const labels = JSON.parse(
      String.raw`{"__proto__":"p","constructor":"c","toString":"t","empty":"","имя with space":"x\u0000\u0001\ny"}`,
    ) as object;
    const alert = accepted({ ...good, labels, annotations: labels });
    expect(Object.entries(alert.labels)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
      ['имя with space', 'x\u0000\u0001\ny'],
    ]);
    expect(Object.getPrototypeOf(alert.labels)).toBeNull();
    expect(alert.annotations['__proto__']).toBe('p');
    expect(alert.annotations['empty']).toBe('');
    expect(({} as Record<string, unknown>)['p']).toBeUndefined();
  });

  test('keeps what is exactly as long as the limit', () => {
    const labels = { ['n'.repeat(1024)]: 'v'.repeat(4096), ü: 'ü'.repeat(2048) };
    expect(accepted({ ...good, labels }).labels).toEqual(labels);
  });

  test('loses an annotation or a URL beyond the limit, not itself', () => {
    const long = 'x'.repeat(65_537);
    const alert = accepted({ ...good, annotations: { long, short: 'x', ['n'.repeat(1025)]: 'y' }, generatorURL: long });
    expect(alert.annotations).toEqual({ short: 'x' });
    expect(alert.generatorURL).toBe('');
  });
});

describe('an alert is rejected', () => {
  test.each([
    [null, 'alerts[7]: expected an object, found null'],
    ['x', 'alerts[7]: expected an object, found "x"'],
    [[], 'alerts[7]: expected an object, found a list'],
    [{}, 'alerts[7].status: expected "firing" or "resolved", found nothing'],
    [{ ...good, status: 'FIRING' }, 'alerts[7].status: expected "firing" or "resolved", found "FIRING"'],
    [{ ...good, status: { a: 1 } }, 'alerts[7].status: expected "firing" or "resolved", found an object'],
    [{ ...good, labels: undefined }, 'alerts[7].labels: expected an object, found nothing'],
    [{ ...good, labels: [['a', 'b']] }, 'alerts[7].labels: expected an object, found a list'],
    [{ ...good, labels: {} }, 'alerts[7].labels: expected at least one label with a value'],
    [{ ...good, labels: { a: '' } }, 'alerts[7].labels: expected at least one label with a value'],
    [{ ...good, labels: { '': 'x' } }, 'alerts[7].labels: a label has no name'],
    [{ ...good, labels: { a: 1 } }, 'alerts[7].labels["a"]: expected a string, found 1'],
    [{ ...good, labels: { a: null } }, 'alerts[7].labels["a"]: expected a string, found null'],
    [{ ...good, labels: { a: true } }, 'alerts[7].labels["a"]: expected a string, found true'],
    [{ ...good, labels: { a: '\ud800' } }, 'alerts[7].labels["a"]: half of a surrogate pair is no Unicode text'],
    [{ ...good, labels: { '\udc00': 'a' } }, 'alerts[7].labels["\ufffd"]: half of a surrogate pair is no Unicode text'],
    [{ ...good, annotations: 'x' }, 'alerts[7].annotations: expected an object, found "x"'],
    [{ ...good, annotations: { a: {} } }, 'alerts[7].annotations["a"]: expected a string, found an object'],
    [{ ...good, startsAt: undefined }, 'alerts[7].startsAt: expected an RFC 3339 time, found nothing'],
    [{ ...good, startsAt: 1795291200 }, 'alerts[7].startsAt: expected an RFC 3339 time, found 1795291200'],
    [{ ...good, startsAt: 'yesterday' }, 'alerts[7].startsAt: expected an RFC 3339 time, found "yesterday"'],
    [{ ...resolved, endsAt: undefined }, 'alerts[7].endsAt: expected an RFC 3339 time, found nothing'],
    [{ ...resolved, endsAt: '0001-01-01T00:00:00Z' }, 'alerts[7].endsAt: a resolved alert must say when it ended'],
    [{ ...good, generatorURL: 7 }, 'alerts[7].generatorURL: expected a string, found 7'],
    [{ ...good, generatorURL: '\ud800' }, 'alerts[7].generatorURL: expected a string, found "\ufffd"'],
    [{ ...good, fingerprint: 7 }, 'alerts[7].fingerprint: expected 16 hex digits, found 7'],
    [{ ...good, fingerprint: '../../../etc/passwd' }, 'alerts[7].fingerprint: expected 16 hex digits, found "../../../etc/passwd"'],
    [{ ...good, fingerprint: 'f'.repeat(70) }, `alerts[7].fingerprint: expected 16 hex digits, found "${'f'.repeat(60)}…"`],
  ])('%#: %j', (value, message) => {
    expect(parseAlert(value, 7)).toEqual({ index: 7, reason: 'invalid-alert', message });
  });

  test.each([
    [{ ['n'.repeat(1025)]: 'v' }, `alerts[7].labels["${'n'.repeat(60)}…"]: longer than 1024 bytes`],
    [{ a: 'v'.repeat(4097) }, 'alerts[7].labels["a"]: longer than 4096 bytes'],
    [{ a: 'ü'.repeat(2049) }, 'alerts[7].labels["a"]: longer than 4096 bytes'],
    [Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`l${n}`, 'x'])), 'alerts[7].labels: 501 labels, at most 500 are taken'],
  ])('%# as too large', (labels, message) => {
    expect(parseAlert({ ...good, labels }, 7)).toEqual({ index: 7, reason: 'alert-too-large', message });
  });
});
