import { eventually as soonerOrLater } from '../support/eventually.ts';

/** The same with the patience that a whole control plane needs on a busy machine. */
export function eventually<T>(what: string, probe: () => T | Promise<T>, { withinMs = 20_000 } = {}) {
  return soonerOrLater(what, probe, { withinMs });
}
