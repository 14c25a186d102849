import { describe, expect, test } from 'vitest';
import { describeTarget, targetOptions } from '../../../../src/adapters/redis/target.ts';

describe('redis.url', () => {
  test.each([
    ['redis://cache', { host: 'cache', port: 6379 }],
    ['redis://cache:7000/2', { host: 'cache', port: 7000, db: 2 }],
    ['redis://me:p%40ss@cache', { host: 'cache', port: 6379, username: 'me', password: 'p@ss' }],
    ['redis://:secret@[fd00::1]:6380', { host: 'fd00::1', port: 6380, password: 'secret' }],
    ['rediss://cache', { host: 'cache', port: 6379, tls: { servername: 'cache' } }],
    ['rediss://10.0.0.7', { host: '10.0.0.7', port: 6379, tls: {} }],
    ['unix:///run/redis/r%20s.sock', { path: '/run/redis/r s.sock' }],
    ['/run/redis.sock', { path: '/run/redis.sock' }],
    [
      'redis-sentinel://me:pw@a:1,b/mymaster/1',
      {
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26_379 },
        ],
        name: 'mymaster',
        db: 1,
        username: 'me',
        password: 'pw',
      },
    ],
  ])('%s is understood', (url, options) => {
    expect(targetOptions({ url })).toEqual(options);
  });

  test.each([
    ['cache:6379', 'redis.url begins with cache://'],
    ['not a url', 'redis.url cannot be read: write redis://host:6379/0'],
    ['http://cache', 'redis.url begins with http://'],
    ['redis://', 'redis.url names no host'],
    ['redis://cache/zero', 'redis.url ends in a database that is no number'],
    ['redis://cache?tls=1', 'redis.url takes no parameters'],
    ['redis-sentinel://a,b', 'redis.url names no sentinels or no primary'],
    ['redis-sentinel://a:x/m', 'redis.url names a sentinel that cannot be read'],
  ])('%s is refused with the reason', (url, message) => {
    expect(() => targetOptions({ url })).toThrow(message);
  });

  test('is never quoted with its password', () => {
    for (const url of ['redis://me:secret@cache/zero', 'redis://me:secret@', 'ftp://me:secret@cache', 'redis-sentinel://me:secret@a']) {
      const refusal = refusalOf(url);
      expect(refusal).toMatch(/^redis\.url /);
      expect(refusal).not.toContain('secret');
      expect(describeTarget({ url })).not.toContain('secret');
    }
    expect(describeTarget({ url: 'redis-sentinel://me:secret@a:1,b/m' })).toBe('redis-sentinel://a:1,b/m');
  });

  test('gives way to a password of its own, and takes certificates for rediss alone', () => {
    const given = { username: 'app', password: 'new', tls: { ca: 'CA' }, sentinelPassword: 's' };
    expect(targetOptions({ url: 'redis://me:old@cache', ...given })).toEqual({
      host: 'cache',
      port: 6379,
      username: 'app',
      password: 'new',
      sentinelPassword: 's',
    });
    expect(targetOptions({ url: 'rediss://cache', ...given }).tls).toEqual({ servername: 'cache', ca: 'CA' });
  });
});

test('the embedded store is reached by its socket', () => {
  expect(targetOptions({ socket: '/s' })).toEqual({ path: '/s' });
  expect(describeTarget({ socket: '/s' })).toBe('/s');
});

function refusalOf(url: string): string {
  try {
    targetOptions({ url });
    return 'not refused';
  } catch (error) {
    return (error as Error).message;
  }
}
