import type { RecordStore } from '../core/store.ts';
import { sentenceOfForgetful, sentenceOfUndelivered } from '../core/words.ts';

/** What an operator should know of a daemon that is ready, a sentence each. Throws `StoreError` when the store does not answer. */
export async function remarksOn(store: Pick<RecordStore, 'counts'>): Promise<readonly string[]> {
  const { pagesUndelivered, forgetfulMs } = await store.counts();
  return [
    ...(forgetfulMs === 0 ? [] : [sentenceOfForgetful(forgetfulMs)]),
    ...(pagesUndelivered === 0 ? [] : [sentenceOfUndelivered(pagesUndelivered)]),
  ];
}
