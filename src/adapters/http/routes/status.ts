import type { Reason } from '../../../core/reasons.ts';
import type { Run } from '../../../core/run.ts';
import { StoreError } from '../../../core/store.ts';
import type { Route } from '../route.ts';

const COUNTED = 1_000;

/** Answers also while the store is away: that is when it is asked for. */
const overview: Route = {
  method: 'GET',
  url: '/api/v1/status',
  async handle(_request, _reply, { records, sets, ...parts }) {
    const facts = parts.status();
    try {
      const [counts, kept, holding] = await Promise.all([
        records.counts(),
        sets.sets(),
        records.runs({ states: ['holding'], limit: COUNTED }),
      ]);
      const { config, store } = facts;
      return { ...facts, config: { ...config, kept }, store: { ...store, problem: null }, counts, holds: holdsOf(holding) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { config, store } = facts;
      return { ...facts, config: { ...config, kept: null }, store: { ...store, problem: error.message }, counts: null, holds: null };
    }
  },
};

/** Held runs by reason; of more than a thousand of them the newest thousand. */
function holdsOf(holding: readonly Pick<Run, 'hold'>[]): Partial<Record<Reason, number>> {
  const holds: Partial<Record<Reason, number>> = {};
  for (const { hold } of holding) if (hold !== null) holds[hold.reason] = (holds[hold.reason] ?? 0) + 1;
  return holds;
}

export const status: readonly Route[] = [overview];
