import { describe, expect, test } from 'vitest';
import { host, promql, re2, stamp } from '../../../../src/core/expression/function.ts';

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
