import { describe, expect, test } from 'vitest';
import { assertMayListen, hostName, isLoopback } from '../../../../src/adapters/http/listen.ts';

describe('a listen address without credentials', () => {
  test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('may be %s', (host) => {
    expect(() => assertMayListen(host, false)).not.toThrow();
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', '192.168.1.1', '2001:db8::1', 'example.org', 'localhost.example.org', ''])(
    'may not be "%s"',
    (host) => {
      expect(() => assertMayListen(host, false)).toThrow(/^refusing to listen on .+ without credentials: set web\.bearer_token_file/);
    },
  );

  test('may be anything once there is a token', () => {
    expect(() => assertMayListen('0.0.0.0', true)).not.toThrow();
  });
});

test.each([
  ['127.0.0.1:8484', '127.0.0.1'],
  ['[::1]:8484', '::1'],
  ['[::1]', '::1'],
  ['localhost', 'localhost'],
  ['evil.example:80', 'evil.example'],
])('the name in the Host header %s is %s', (header, name) => {
  expect(hostName(header)).toBe(name);
});

test('an IPv4 address written in IPv6 is the machine that it names', () => {
  expect(isLoopback('::ffff:127.0.0.1')).toBe(true);
  expect(isLoopback('::ffff:10.0.0.1')).toBe(false);
});
