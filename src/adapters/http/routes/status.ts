import { StoreError } from '../../../core/store.ts';
import type { Route } from '../route.ts';

/** Answers also while the store is away: that is when it is asked for. */
const overview: Route = {
  method: 'GET',
  url: '/api/v1/status',
  async handle(_request, _reply, { records, sets, ...parts }) {
    const facts = parts.status();
    try {
      const [counts, kept] = await Promise.all([records.counts(), sets.sets()]);
      return { ...facts, config: { ...facts.config, kept }, store: { ...facts.store, problem: null }, counts };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { ...facts, config: { ...facts.config, kept: null }, store: { ...facts.store, problem: error.message }, counts: null };
    }
  },
};

export const status: readonly Route[] = [overview];
