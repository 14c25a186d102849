import { lockKey } from './objects.ts';
import type { Run } from './run.ts';

/** A pause with scope, reason, author and expiry. Scope: `all`, `rule:<name>`, `namespace:<cluster>/<ns>`, `target:<target key>`. */
export interface Brake {
  readonly scope: string;
  readonly by: string;
  readonly why: string;
  /** ms; null = until lifted. */
  readonly until: number | null;
  readonly at: number;
}

/**
 * The scopes that stop this run; the `begin` script looks up exactly these. A target is paused under every name that it has: as the rule
 * renders it, as what was found, and as the objects that the plan touches, the workload among them.
 */
export function brakeScopes({ rule, target, pinned }: Pick<Run, 'rule' | 'target' | 'pinned'>, touches: readonly string[] = []): string[] {
  const { cluster, kind, namespace, key } = target;
  const found = pinned === null ? [] : [lockKey(kind, cluster, namespace, pinned.name), pinned.subject, pinned.workload ?? pinned.subject];
  const targets = new Set([key, ...found, ...touches]);
  return ['all', `rule:${rule}`, `namespace:${cluster}/${namespace}`, ...[...targets].map((one) => `target:${one}`)];
}
