import type { Redis } from 'ioredis';
import type { KeptSet, SetStore } from '../../core/set-store.ts';
import { number, text } from './decode.ts';
import type { Keys } from './keys.ts';
import { auditPart } from './requests.ts';
import { TextList, type RunScript } from './scripts.ts';
import { answered } from './store-error.ts';

export function setStore(redis: Redis, keys: Keys, script: RunScript): SetStore {
  const head = async (hash: string): Promise<readonly KeptSet[]> => {
    const [at, rules] = await answered(redis.hmget(keys('set', hash), 'at', 'rules'));
    // Dropped by another replica since the list was read.
    return at === null || at === undefined ? [] : [{ hash, at: number(at), rules: number(rules) }];
  };
  const kept = async (last: number): Promise<readonly KeptSet[]> => {
    const hashes = await answered(redis.lrange(keys('sets'), 0, last));
    return (await Promise.all(hashes.map(head))).flat();
  };
  return {
    async keepSet({ hash, rules }, content, audit) {
      const texts = new TextList();
      await script('keep-set', { hash, rules, text: texts.add(content), audit: auditPart(audit, texts) }, texts.texts);
    },
    async lastSet() {
      const [last] = await kept(0);
      return last === undefined ? null : { ...last, text: text(await answered(redis.hget(keys('set', last.hash), 'text'))) };
    },
    sets: () => kept(-1),
  };
}
