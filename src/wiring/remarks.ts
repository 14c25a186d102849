import type { RecordStore } from '../core/store.ts';
import { sentenceOfForgetful, sentenceOfStorm, sentenceOfUndelivered } from '../core/words.ts';

/** What an operator should know of a daemon that is ready, a sentence each. Throws `StoreError` when the store does not answer. */
export async function remarksOn(store: Pick<RecordStore, 'counts'>): Promise<readonly string[]> {
  const { pagesUndelivered, forgetfulMs, storms } = await store.counts();
  return [
    ...(forgetfulMs === 0 ? [] : [sentenceOfForgetful(forgetfulMs)]),
    ...storms.map(sentenceOfStorm),
    ...(pagesUndelivered === 0 ? [] : [sentenceOfUndelivered(pagesUndelivered)]),
  ];
}
