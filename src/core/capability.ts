import type { z } from 'zod';
import type { Edition, WorkloadEntry } from './edition.ts';
import type { AlertSource, Cluster, Metrics, Web } from './ports.ts';
import type { PodView, Workload, WorkloadHealth } from './objects.ts';
import type { CheckOutput, LookUp, Outcome, Plan, Right } from './plan.ts';
import type { Run } from './run.ts';

/**
 * The three kinds of capability that a step may name. One file is one of them, exporting one object, listed in one registry
 * (`actions/index.ts`, `checks/index.ts`, `collectors/index.ts`).
 */
export interface Declaration<P> {
  /** As in YAML, e.g. `kubernetes/delete-pod`. */
  readonly name: string;
  /** One sentence, starting with a verb. */
  readonly summary: string;
  /** Every parameter documented by `.describe()`. */
  readonly params: z.ZodType<P>;
  /** Kubernetes rights, namespace filled in by the target's. */
  readonly rights: readonly Omit<Right, 'namespace'>[];
}

/** What a capability may use; every call is bounded by `signal`. */
export interface Tools {
  readonly cluster: Cluster;
  readonly web: Web;
  /** null = no Prometheus configured. */
  readonly metrics: Metrics | null;
  readonly sources: readonly AlertSource[];
  readonly digest: (text: string) => string;
  readonly signal: AbortSignal;
  readonly now: number;
}

/** The object acted on or looked at, as pinned and read afresh. */
export interface Subject {
  readonly run: Run;
  readonly edition: Edition;
  readonly pod: PodView | null;
  readonly workload: Workload | null;
  readonly health: WorkloadHealth | null;
  /** Entry of `workloads:` for the target's app; null = none. */
  readonly entry: WorkloadEntry | null;
}

/**
 * An action changes the world. `plan` reads only and answers absolute values; `perform` carries out exactly the plan with server-side
 * preconditions; `lookUp` says afterwards whether it happened. Performs end within 10 s.
 */
export interface Action<P = unknown> extends Declaration<P> {
  /** `idempotent`: an attempt known not to have happened may be made again; `once`: never. */
  readonly effect: 'idempotent' | 'once';
  /** Throws `ClusterError` when a value it needs cannot be read, `PlanRefused` when there is nothing sensible to do. */
  plan(subject: Subject, params: P, tools: Tools): Promise<Plan>;
  perform(plan: Plan, run: string, tools: Tools, dryRun: boolean): Promise<Outcome>;
  lookUp(plan: Plan, run: string, tools: Tools): Promise<LookUp>;
}

/** The plan cannot be made, for a reason that another reading will not change soon: the step fails with this text. */
export class PlanRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PlanRefused';
  }
}

/** A check reads. A read that fails is `ok: null`, never false; so a check never throws but for a bug. */
export interface Check<P = unknown> extends Declaration<P> {
  /** Fields of its output besides `ok` and `message`: name → what it holds; read as `steps.NAME.<field>`. */
  readonly output: Readonly<
    Record<string, { readonly type: 'string' | 'int' | 'bool' | 'list' | 'map' | 'dyn'; readonly describe: string }>
  >;
  run(subject: Subject, params: P, tools: Tools): Promise<CheckOutput>;
}

/** A collector gathers evidence, bounded in bytes; a failure is a message, never an error that stops the run. */
export interface Collector<P = unknown> extends Declaration<P> {
  run(subject: Subject, params: P, tools: Tools): Promise<{ readonly ok: boolean; readonly message: string; readonly text: string }>;
}

/** Capabilities by name. */
export interface Registry {
  readonly actions: ReadonlyMap<string, Action>;
  readonly checks: ReadonlyMap<string, Check>;
  readonly collectors: ReadonlyMap<string, Collector>;
}
