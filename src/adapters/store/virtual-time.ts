import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { keysOf } from './keys.ts';
import { readScripts, type ScriptTexts } from './scripts.ts';
import { answered } from './store-error.ts';

/**
 * The store on somebody's own clock, for rehearsals: the scripts are the daemon's, only what the server's clock decides is decided by this
 * one, which may run a thousand times as fast and must never step back. Documents that scripts do not write (editions, evidence) expire by the
 * server's clock.
 */
export function inVirtualTime(redis: Redis, now: () => number): { readonly redis: Redis; readonly scripts: ScriptTexts } {
  const overrides: Pick<Redis, 'time'> & Readonly<Record<'evalsha' | 'eval', (...args: string[]) => Promise<unknown>>> = {
    time: () => Promise.resolve([Math.floor(now() / 1000), (now() % 1000) * 1000]),
    evalsha: (sha, keys, ...args) => redis.evalsha(sha ?? '', keys ?? '', ...args, String(now())),
    eval: (script, keys, ...args) => redis.eval(script ?? '', keys ?? '', ...args, String(now())),
  };
  const client = new Proxy(redis, {
    get(target, name) {
      if (Object.hasOwn(overrides, name)) return overrides[name as keyof typeof overrides];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { redis: client, scripts: scripts() };
}

function scripts(): ScriptTexts {
  const texts = readScripts();
  const shim = readFileSync(new URL('./virtual-time.lua', import.meta.url), 'utf8');
  return new Map([...texts, ['lib', `${shim}\n${texts.get('lib') ?? ''}`]]);
}

/** When (ms) a run, a page or a message is due next, by the store's clock; null = nothing is. A plain read. */
export async function nextDue(redis: Redis, installation: string): Promise<number | null> {
  const keys = keysOf(installation);
  const first = await Promise.all(['due', 'pagedue', 'msgdue'].map((set) => answered(redis.zrange(keys(set), '0', '0', 'WITHSCORES'))));
  const times = first.flatMap(([, score]) => (score === undefined ? [] : [Number(score)]));
  return times.length === 0 ? null : Math.min(...times);
}
