import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, printable, redact, redactLines, redactRecord, safeText } from '../../../src/core/safe-text.ts';

describe('redact', () => {
  test.each([
    ['password=hunter2 user=bob', 'password=<secret> user=bob'],
    ['DB_PASSWORD: "two words" next', 'DB_PASSWORD: <secret> next'],
    [`{"api_key":"abc\\"def","a":1}`, `{"api_key":<secret>,"a":1}`],
    [`apiKey = 'x y'; b`, 'apiKey = <secret>; b'],
    ['secret_access_key=wJalrXUtnFEMI/K7MDENG', 'secret_access_key=<secret>'],
    ['--auth-token s3cr3t --verbose', '--auth-token <secret> --verbose'],
    ['--password=s3cr3t --verbose', '--password=<secret> --verbose'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: <secret> <secret>'],
    ['sent bearer abcdefghijk to it', 'sent bearer <secret> to it'],
    ['basic dXNlcjpwYXNz', 'basic <secret>'],
    ['postgres://bob:hunter2@db:5432/x', 'postgres://bob:<secret>@db:5432/x'],
    ['key AKIAIOSFODNN7EXAMPLE is', 'key <secret> is'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-1 ok', '<secret> ok'],
    ['ghp_0123456789abcdefghij', '<secret>'],
    ['xoxb-1234567890-abcdef', '<secret>'],
    ['set-cookie: sid=1234567890', 'set-cookie: <secret>'],
  ])('hides the secret of %j', (text, safe) => {
    expect(redact(text)).toBe(safe);
  });

  test.each([
    'panic: runtime error: index out of range [3] with length 2',
    'image sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'the token bucket is empty',
    'http://prometheus:9090/graph?g0.expr=up',
    'readiness probe failed: HTTP 503',
  ])('leaves %j alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('hides a private key, whole or cut off at either end, as one line', () => {
    const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', 'shortline==', '-----END RSA PRIVATE KEY-----'];
    expect(redact(['a', ...key, 'b'].join('\n'))).toBe('a\n<secret>\nb');
    expect(redact(['a', ...key.slice(0, 3)].join('\n'))).toBe('a\n<secret>');
    expect(redactLines(['z'.repeat(64), 'Ab1+'.repeat(16), key[3] ?? '', 'b'])).toEqual(['<secret>', '<secret>', '<secret>', 'b']);
    expect(redact(`key="${key.join('')}" done`)).toBe('key="<secret>');
  });

  test('drops what is too long to be searched', () => {
    expect(redact(`${'x '.repeat(5000)}password=hunter2`)).not.toContain('hunter2');
    expect(redactLines([`${'x '.repeat(5000)}password=hunter2`])[0]).not.toContain('hunter2');
  });

  test('never shows an assigned password, whatever stands around it', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9]{6,20}$/).map((text) => `Zq${text}`);
    const around = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(around, word, around, (before, secret, after) => {
        fc.pre(!before.includes(secret) && !after.includes(secret));
        expect(redact(`${before} password=${secret} ${after}`)).not.toContain(secret);
      }),
    );
  });

  test('hides a value whose name says enough, in labels', () => {
    expect(redactRecord({ pod: 'node-1', api_token: 'short', url: 'http://a:b1@c/' })).toEqual({
      pod: 'node-1',
      api_token: '<secret>',
      url: 'http://a:<secret>@c/',
    });
  });
});

describe('printable', () => {
  test('writes out what a terminal or a page would obey', () => {
    expect(printable('a\u001b[31mred\u202egpj.exe\u0000')).toBe(String.raw`a\u001b[31mred\u202egpj.exe\u0000`);
    expect(printable('one\r\n\ttwo')).toBe('one two');
    expect(printable('half \ud800 grün 中 😀')).toBe(String.raw`half \ud800 grün 中 😀`);
  });
});

describe('cut', () => {
  test('keeps what fits and marks what does not', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('ab…');
    expect(cut('a😀bc', 3)).toBe('a…');
  });

  test('is the last thing done to foreign text', () => {
    expect(safeText(`password=${'x'.repeat(50)} \u0007`, 20)).toBe(String.raw`password=<secret> \u…`.slice(0, 19) + '…');
  });
});
