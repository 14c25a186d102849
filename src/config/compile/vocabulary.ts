import type { Action, Check, Collector } from '../../core/capability.ts';

/** What steps may name: the declarations of the registries, without their code. */
export interface Vocabulary {
  readonly actions: ReadonlyMap<string, Pick<Action, 'name' | 'params' | 'effect'>>;
  readonly checks: ReadonlyMap<string, Pick<Check, 'name' | 'params' | 'output'>>;
  readonly collectors: ReadonlyMap<string, Pick<Collector, 'name' | 'params'>>;
}
