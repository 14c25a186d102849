import type { Brake } from './brake.ts';
import type { Place } from './in-flight.ts';
import type { Storm } from './storm.ts';
import type { Workload, WorkloadHealth, PodView, ObjectRef } from './objects.ts';

/**
 * A fact is what was read about the world, or why it could not be read. There is no default: a guard that needs an unreadable fact refuses
 * (`unknown-<fact>`), and the runner of the guards, not the guard, sees to that.
 */
export type Fact<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unknown = (why: string): { known: false; why: string } => ({ known: false, why });

/** What the finder made of the target: a pod, or a workload where the rule's kind is one. `subject` survives an effect. */
export type TargetFact =
  | {
      readonly found: 'one';
      readonly pod: PodView;
      readonly owner: ObjectRef | null;
      readonly subject: string;
      readonly ownSuccessor: boolean;
    }
  | { readonly found: 'workload'; readonly workload: Workload; readonly subject: string }
  | { readonly found: 'none'; readonly owner: ObjectRef | null }
  | { readonly found: 'several'; readonly count: number }
  | { readonly found: 'unknown'; readonly why: string };

/** What the sources say about the alert of this rule and target; `source` null = none is configured and only the webhook speaks. */
export interface FiringFact {
  readonly source: 'prometheus' | 'alertmanager' | null;
  readonly state: 'firing' | 'pending' | 'not-firing';
  /** Every episode of the slot was reported resolved by webhook. */
  readonly resolvedByWebhook: boolean;
}

export interface SuppressionFact {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** Whether what we look with works. */
export interface SightFact {
  /** Why the API of the target's cluster does not answer; null = it does. */
  readonly api: string | null;
  /** Why Prometheus does not answer, or what it scrapes; null = none is configured. */
  readonly prometheus: { readonly silent: string } | ScrapeTargets | null;
}

export interface ScrapeTargets {
  readonly up: number;
  /** The most that there were lately. */
  readonly most: number;
  readonly maxMissingPercent: number;
  /** Of fewer a share says nothing. */
  readonly minTargets: number;
}

export interface HistoryFact {
  /** Lock key → the live run that holds it (never this run). */
  readonly locks: Readonly<Record<string, string>>;
  /** End of the cooldown of (rule, subject), and of the target across rules; null = none. */
  readonly coolingUntil: number | null;
  readonly targetCoolingUntil: number | null;
  /** One per budget of the rule, in its order, and last the installation's own. */
  readonly budgets: readonly BudgetUse[];
  readonly memory: SubjectMemory | null;
  readonly inFlight: InFlightFact;
  /** The store is new or was failed over, and may lack all of this: until when nothing is done. null = it remembers. */
  readonly forgetfulUntil: number | null;
}

export interface InFlightFact {
  /** This run acts already. */
  readonly acts: boolean;
  /** One per limit, as `placesOf` lists them. */
  readonly places: readonly PlaceUse[];
}

export interface PlaceUse extends Place {
  /** Other runs that act under it; not counted where there is no maximum. */
  readonly acting: number;
  /** Runs in its queue that come first. */
  readonly ahead: number;
}

export interface BudgetUse {
  readonly key: string;
  readonly scope: string;
  readonly used: number;
  readonly max: number;
  readonly perMs: number;
  /** When there is room for the effect; null = there is, or there never will be. */
  readonly freesAt: number | null;
}

/** What earlier runs left behind for (rule, subject). */
export interface SubjectMemory {
  readonly rung: number;
  readonly outcome: string;
  readonly acted: boolean;
  readonly endedAt: number;
  /** Acted runs that did not help: run id and end, oldest first. */
  readonly ineffective: readonly { readonly run: string; readonly at: number }[];
}

export interface NamespaceFact {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Who acts in the namespace of the target, as the Lease there says. */
export interface OwnerFact {
  readonly holder: string;
  readonly ours: boolean;
}

/** Verbs that the plan needs and the API refuses, e.g. `delete pods`; empty = permitted. */
export interface RightsFact {
  readonly missing: readonly string[];
}

export interface FactTypes {
  /** null = the cluster is not configured. */
  readonly sight: SightFact | null;
  readonly brake: readonly Brake[];
  /** null = there is none, or storms are switched off. */
  readonly storm: Storm | null;
  /** null = not asked: a dry run needs to own nothing. */
  readonly owner: OwnerFact | null;
  readonly firing: FiringFact;
  readonly suppression: SuppressionFact | null;
  readonly target: TargetFact;
  readonly workload: { readonly workload: Workload; readonly health: WorkloadHealth } | null;
  readonly namespace: NamespaceFact | null;
  readonly history: HistoryFact;
  readonly rights: RightsFact;
}

export type FactName = keyof FactTypes;

/** All facts of one reading. `at` = store time at which the reading *began*. */
export type Facts = { readonly at: number } & { readonly [K in FactName]: Fact<FactTypes[K]> };
