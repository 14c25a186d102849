import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientOptions } from './client-options.ts';

/** Where the store is: the embedded one's socket, or `redis.url` with what must not stand in a URL. */
export type RedisTarget =
  | { readonly socket: string }
  | {
      /** `redis://[user:password@]host[:port][/db]`, `rediss://…`, `unix:///path` or a bare `/path`, `redis-sentinel://host[:port],…/name[/db]`. */
      readonly url: string;
      readonly username?: string;
      /** Wins over the one in the URL. */
      readonly password?: string;
      /** Of `rediss://`: authority, client certificate and key. */
      readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
      /** Sentinels with a password of their own. */
      readonly sentinelPassword?: string;
    };

const FORMS = 'redis://host:6379/0, rediss://…, unix:///path/to.sock or redis-sentinel://host1:26379,host2:26379/name';
const SENTINEL = /^redis-sentinel:\/\/(?:([^@/]*)@)?([^@/]+)\/([^/?]+)(?:\/(\d+))?$/;

/** Throws one sentence, without credentials, when the URL cannot be used. */
export function targetOptions(target: RedisTarget): ClientOptions {
  if ('socket' in target) return { path: target.socket };
  const fromUrl = target.url.startsWith('redis-sentinel:') ? sentinel(target.url) : plain(target.url);
  return {
    ...fromUrl,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(fromUrl.tls === undefined ? {} : { tls: { ...fromUrl.tls, ...target.tls } }),
    ...(target.sentinelPassword === undefined ? {} : { sentinelPassword: target.sentinelPassword }),
  };
}

/** For people and logs: no user, no password. */
export function describeTarget(target: RedisTarget): string {
  return 'socket' in target ? target.socket : target.url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '');
}

function plain(text: string): ClientOptions {
  if (text.startsWith('/')) return { path: text };
  if (!URL.canParse(text)) throw new Error(`redis.url cannot be read: write ${FORMS}`);
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '') {
    throw new Error('redis.url takes no parameters after "?" or "#": write passwords with such characters percent-encoded');
  }
  const login = credentials(url.username, url.password);
  if (url.protocol === 'unix:') return { ...login, path: decodeURIComponent(url.pathname) };
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw new Error(`redis.url begins with ${url.protocol}//: write ${FORMS}`);
  if (url.hostname === '') throw new Error(`redis.url names no host: write ${FORMS}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    ...login,
    ...database(url.pathname.slice(1)),
    host,
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

function sentinel(text: string): ClientOptions {
  const match = SENTINEL.exec(text);
  if (match === null) throw new Error(`redis.url names no sentinels or no primary: write ${FORMS}`);
  const [, login = '', hosts = '', name = '', db = ''] = match;
  const [user = '', password = ''] = login.split(':');
  return { ...credentials(user, password), ...database(db), name, sentinels: hosts.split(',').map(sentinelAddress) };
}

function sentinelAddress(text: string): { host: string; port: number } {
  const address = `redis://${text}`;
  if (!URL.canParse(address)) throw new Error(`redis.url names a sentinel that cannot be read: write ${FORMS}`);
  const { hostname, port } = new URL(address);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 26_379 : Number(port) };
}

function credentials(username: string, password: string): ClientOptions {
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}

function database(text: string): ClientOptions {
  if (text === '') return {};
  if (!/^\d{1,3}$/.test(text)) throw new Error('redis.url ends in a database that is no number: write …/0, or nothing');
  return { db: Number(text) };
}
