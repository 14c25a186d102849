import type { Json } from './json.ts';
import type { TimeInterval } from './time-interval/time-interval.ts';

/**
 * An edition is what a run is pinned to: rule, ladder, policy, with every default resolved, stored under its content hash.
 * `schema` grows with every change that an older remediad could misread.
 */
export const EDITION_SCHEMA = 1;

export type Mode = 'observe' | 'approve' | 'act';
export type Priority = 'P0' | 'P1' | 'P2' | 'P3';
export const MODES = ['observe', 'approve', 'act'] as const satisfies readonly Mode[];
export const PRIORITIES = ['P0', 'P1', 'P2', 'P3'] as const satisfies readonly Priority[];

/** P0 is the highest. */
export const higherOf = (a: Priority, b: Priority): Priority => (a < b ? a : b);

export interface Edition {
  readonly schema: typeof EDITION_SCHEMA;
  readonly rule: EditionRule;
  readonly ladder: readonly Rung[];
  /** App label → what recipes need to know; read in expressions as `workload.*`. */
  readonly workloads: Readonly<Record<string, WorkloadEntry>>;
  /** null: the rule has no receiver (only possible while it observes). */
  readonly escalation: EscalationPolicy | null;
  /** Policies that `escalate` steps name; a name that is not here is told to `escalation`. Absent = none. */
  readonly handOver?: Readonly<Record<string, EscalationPolicy>>;
  readonly priorities: Readonly<Record<Priority, PriorityPolicy>>;
  /** Argument arrays that `exec` steps may run, as RE2 patterns per element; configured by the operator of remediad, never by a recipe. */
  readonly execAllow: readonly (readonly string[])[];
  /** Name of an endpoint → base URL; the only hosts that `http/probe` via direct may ask. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Values in templates (`Template`) are text with `${…}`; a template that is exactly one `${…}` keeps the type of its value. */
export type Template = string;
/** CEL, as in `if:`. */
export type Condition = string;
export type TemplatedJson = Json;

export interface EditionRule {
  readonly name: string;
  readonly description: string;
  readonly team: string | null;
  readonly matchers: readonly { readonly name: string; readonly op: '=' | '!=' | '=~' | '!~'; readonly value: string }[];
  readonly mode: Mode;
  readonly target: TargetSpec;
  readonly verify: VerifySpec;
  readonly guards: GuardPolicy;
  readonly ladderMemoryMs: number;
  readonly deadlineMs: number;
  /** From accept; `never`: only the end of the ladder pages. null = as the run's priority says, which may depend on the alert. */
  readonly escalateAfterMs: number | 'never' | null;
  /** P0–P3, or a template; null = label `priority`, else P2. */
  readonly priority: Template | null;
}

export interface TargetSpec {
  readonly kind: 'Pod' | 'Deployment' | 'StatefulSet';
  /** null = the default cluster. */
  readonly cluster: Template | null;
  readonly namespace: Template;
  readonly find: {
    readonly by: 'name' | 'pod_ip' | 'node_name' | 'owner_of' | 'claim_of' | 'selector';
    readonly value: Template;
  };
}

export interface VerifySpec {
  readonly withinMs: number;
  readonly stableForMs: number;
  /** Labels that name the alert at Prometheus and Alertmanager across restarts of the target. */
  readonly alertLabels: readonly string[];
  /** A check that must be ok besides the health of the kind; null = the health of the kind alone. */
  readonly check: { readonly check: string; readonly with: Readonly<Record<string, TemplatedJson>> } | null;
}

export interface Budget {
  readonly max: number;
  readonly perMs: number;
  readonly scope: 'target' | 'workload' | 'namespace' | 'rule' | 'cluster' | 'installation';
}

/** A number of members: a count, or a percentage of the desired replicas. */
export type Members = { readonly count: number } | { readonly percent: number };

export interface GuardPolicy {
  readonly cooldownMs: number;
  /** After an effect on the target by any rule. */
  readonly targetCooldownMs: number;
  readonly budgets: readonly Budget[];
  /** Runs of the rule that may act at once; null or absent = as many as all rules together may. */
  readonly maxInFlight?: number | null;
  readonly maxUnavailable: Members | null;
  readonly minHealthy: Members | null;
  /** `majority` counts for StatefulSets only. */
  readonly quorum: 'majority' | 'off';
  readonly minAgeMs: number;
  readonly loop: { readonly maxIneffective: number; readonly withinMs: number };
  readonly maxHoldMs: number;
  readonly unknownGraceMs: number;
  readonly protectedNamespaces: readonly string[];
  /** The only ones in which anything is touched: those of the rule's team. Absent = any. */
  readonly namespaces?: readonly string[];
  /** All of them must be open. */
  readonly windows: readonly Window[];
}

/** When a rule may act: `active`: while one of the intervals is; `mute`: while none of them is. */
export interface Window {
  readonly kind: 'active' | 'mute';
  readonly intervals: readonly TimeInterval[];
}

export interface WorkloadEntry {
  readonly kind: 'StatefulSet' | 'Deployment' | 'DaemonSet';
  readonly name: string;
  readonly container: string;
  readonly process: string | null;
  readonly ports: Readonly<Record<string, number>>;
  readonly healthPath: string | null;
  readonly peersCommand: readonly string[] | null;
  readonly claimPrefix: string | null;
  readonly replicas: number | null;
}

/** One remediation of the ladder, its `use` steps inlined. */
export interface Rung {
  readonly remediation: string;
  /** Stricter than the rule's, never looser; null = the rule's. */
  readonly mode: Mode | null;
  /** A rung is climbed after an ineffective or failed one; after one that did not apply only if it says so here. */
  readonly when: readonly 'not-applicable'[];
  readonly params: Readonly<Record<string, TemplatedJson>>;
  readonly steps: readonly Step[];
}

interface StepBase {
  /** Names of the enclosing `use` steps and its own, joined by `/`: unique in the rung, part of stored effect ids. */
  readonly path: string;
  /** Path of the enclosing `use` step, '' at the top. `steps.X` in an expression means the step X of this scope. */
  readonly scope: string;
  readonly name: string;
  readonly if: Condition | null;
}

/** `enter` opens the scope of a `use`: its `params` are evaluated in the outer scope; skipped, it skips all steps whose scope lies within it. */
export type Step =
  | (StepBase & { readonly word: 'enter'; readonly remediation: string; readonly params: Readonly<Record<string, TemplatedJson>> })
  | (StepBase & {
      readonly word: 'check';
      readonly check: string;
      readonly with: Readonly<Record<string, TemplatedJson>>;
      readonly timeoutMs: number;
      readonly expect: Condition | null;
      readonly retry: Retry;
      readonly onFailure: OnFailure;
    })
  | (StepBase & {
      readonly word: 'action';
      readonly action: string;
      readonly with: Readonly<Record<string, TemplatedJson>>;
      readonly settleMs: number;
      readonly verify: { readonly check: string; readonly with: Readonly<Record<string, TemplatedJson>>; readonly withinMs: number } | null;
      readonly retry: Retry;
      readonly onFailure: OnFailure;
    })
  | (StepBase & {
      readonly word: 'collect';
      readonly collect: string;
      readonly with: Readonly<Record<string, TemplatedJson>>;
      readonly timeoutMs: number;
    })
  | (StepBase & { readonly word: 'wait'; readonly waitMs: number })
  | (StepBase & { readonly word: 'escalate'; readonly to: string; readonly message: Template });

/** `attempts` counts all tries: 1 = no retry. */
export interface Retry {
  readonly attempts: number;
  readonly backoffMs: number;
}

/** `stop`: the rung failed, the next one is climbed. */
export type OnFailure = 'stop' | 'continue' | 'escalate';

export interface EscalationPolicy {
  readonly name: string;
  readonly steps: readonly {
    readonly afterMs: number;
    readonly notify: readonly string[];
    readonly unless: 'acknowledged' | null;
    readonly priorities: readonly Priority[] | null;
  }[];
  readonly repeat: { readonly everyMs: number; readonly times: number; readonly unless: 'acknowledged' | null } | null;
  readonly fallback: string | null;
}

export interface PriorityPolicy {
  readonly respondWithinMs: number;
  readonly resolveWithinMs: number;
  readonly escalateAfterMs: number | null;
  readonly notify: readonly string[];
}
