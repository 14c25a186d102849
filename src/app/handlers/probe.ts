import { probe as readProbe } from '../read-facts.ts';
import type { Handler } from '../work.ts';

/** One reading for verification: whether the alert is there, and whether the target is healthy. */
export const probe: Handler<'probe'> = async (work) => {
  const reading = await readProbe(work.deps.facts, work.run, work.edition, work.signal);
  return { kind: 'probed', ...reading };
};
