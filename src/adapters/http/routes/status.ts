import { StoreError } from '../../../core/store.ts';
import type { Route } from '../route.ts';

/** Answers also while the store is away: that is when it is asked for. */
const overview: Route = {
  method: 'GET',
  url: '/api/v1/status',
  async handle(_request, _reply, { records, ...parts }) {
    const facts = parts.status();
    try {
      return { ...facts, store: { ...facts.store, problem: null }, counts: await records.counts() };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { ...facts, store: { ...facts.store, problem: error.message }, counts: null };
    }
  },
};

export const status: readonly Route[] = [overview];
