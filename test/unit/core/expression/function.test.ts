import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { host, promql, re2, stamp } from '../../../../src/core/expression/function.ts';
import { unquote } from '../../../../src/core/matcher/quote.ts';

describe('host()', () => {
  test.each([
    ['10.0.0.1:9100', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['node-1.example:9100', 'node-1.example'],
    ['[fd00::1]:9100', 'fd00::1'],
    ['[fd00::1]', 'fd00::1'],
    ['fd00::1', 'fd00::1'],
    ['::1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ])('of %s is %s', (address, expected) => {
    expect(host(address)).toBe(expected);
  });

  test.each(['', ':9100', 'a b:1', 'http://a:1', 'a:b', 'a:1:2', '[a', 'a]:1', 'a\n:1'])('refuses %j', (address) => {
    expect(() => host(address)).toThrow('is no host and no host:port');
  });
});

const port = fc.integer({ min: 1, max: 65_535 }).map((number) => `:${number}`);
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,9}){0,2}$/);

test('host() takes away the port and the brackets, and nothing else', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), name), port, (address, suffix) => {
      expect([host(address), host(address + suffix)]).toEqual([address, address]);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), port, (address, suffix) => {
      expect([host(address), host(`[${address}]`), host(`[${address}]${suffix}`)]).toEqual([address, address, address]);
    }),
  );
});

/** PromQL reads its strings as Go does. */
test('promql() is read back as it was, in quotes of each kind, and never ends them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const safe = promql(text);
      expect(unquote(`"${safe}"`)).toBe(text);
      expect(safe).not.toMatch(/["'`\n]/);
    }),
    { numRuns: 1000 },
  );
});

describe('promql()', () => {
  test('leaves plain text alone', () => {
    expect(promql('/api/v1/blöcke?x=1&y={2}')).toBe('/api/v1/blöcke?x=1&y={2}');
  });

  test('keeps quotes, backslashes and control characters inside the string', () => {
    expect(promql('a"b\'c`d\\e\nf\u0000g\u007f')).toBe(String.raw`a\x22b\x27c\x60d\x5ce\x0af\x00g\x7f`);
  });
});

describe('stamp()', () => {
  test.each([-62_167_219_200_001n, 253_402_300_800_000n])('refuses %d, whose year has no four digits', (ms) => {
    expect(() => stamp(ms)).toThrow('is no time in ms since the epoch');
  });
});

test('re2() finds and remembers a bounded number of patterns', () => {
  for (let index = 0; index < 1001; index += 1) expect(re2(`node-${index}`, `-${index}$`)).toBe(true);
  expect(re2('node-0', '-0$')).toBe(true);
});
