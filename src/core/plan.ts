import type { Reason } from './reasons.ts';
import type { Json, JsonObject } from './json.ts';

/** What an action is about to do: absolute values, with preconditions, complete enough to be carried out or looked up after a crash. */
export interface Plan {
  readonly action: string;
  readonly cluster: string;
  /** The request in absolute values; its shape belongs to the action. */
  readonly request: JsonObject;
  /** What the server itself must check, e.g. `{uid}`. */
  readonly preconditions: JsonObject;
  /** Lock keys of every object touched (see `lockKey`), the target's first. */
  readonly touches: readonly string[];
  /** Lock keys of those objects whose specification it changes, which whoever declares them elsewhere could put back. */
  readonly patches: readonly string[];
  /** Charges on each budget. */
  readonly cost: number;
  /** Rights needed, e.g. `delete pods`. */
  readonly rights: readonly Right[];
  /** One line for a human, e.g. `delete pod archivechain-prod/node-1 (uid 4a…)`. */
  readonly describe: string;
  /** What cannot be undone, for a human; null = nothing. */
  readonly loses: string | null;
  /** Healthy members of the target's workload while it happens and when it is done, relative to now; null = it leaves health alone. */
  readonly healthy: { readonly during: number; readonly after: number } | null;
  /** Whether the pinned object is replaced by a successor of another uid. */
  readonly replaces: boolean;
  /** Identity of the plan: SHA-256 over action, cluster, request and preconditions. An approval binds to it. */
  readonly hash: string;
}

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | null;
  readonly namespace: string;
}

/** What a write came to. Any timeout, reset or 5xx is `unknown`, never a failure. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: JsonObject }
  | { readonly kind: 'rejected'; readonly reason: RejectedReason; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export type RejectedReason = Extract<
  Reason,
  'conflict' | 'gone' | 'not-permitted' | 'disruption-budget' | 'invalid' | 'too-late' | 'not-replicated'
>;

/** What the world says about an intent that has no result. */
export type LookUp =
  | { readonly kind: 'done'; readonly output: JsonObject }
  | { readonly kind: 'not-done' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'undecidable'; readonly message: string };

/** Output of a check: `ok` true or false is known; null is unknown. Other fields are the check's own. */
export interface CheckOutput {
  readonly ok: boolean | null;
  readonly message: string;
  readonly fields: Readonly<Record<string, Json>>;
}

/** Namespaces of the lock keys (`kind:cluster/namespace/name`) and of the rights that a plan asks for. */
export function touchedNamespaces(plan: Plan | null): string[] {
  if (plan === null) return [];
  return [...plan.touches.flatMap((key) => key.split('/').slice(1, 2)), ...plan.rights.map(({ namespace }) => namespace)];
}
