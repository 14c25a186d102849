import { chargesOf } from '../core/charges.ts';
import type { DecisionInput } from '../core/decide.ts';
import type { Edition, GuardPolicy } from '../core/edition.ts';
import { known, unknown, type Fact, type Facts, type FactTypes, type HistoryFact } from '../core/facts.ts';
import { healthOfMembers } from '../core/health.ts';
import { placesOf } from '../core/in-flight.ts';
import { guardsOf } from '../core/permission.ts';
import { objectKeys, pinnedOf } from '../core/pinned.ts';
import type { Plan, Right } from '../core/plan.ts';
import { ClusterError, type Cluster } from '../core/ports.ts';
import { isReleased, shareOf } from '../core/release.ts';
import type { Run } from '../core/run.ts';
import { Deadline } from './facts/deadline.ts';
import { readFiring, readSuppression } from './facts/firing.ts';
import { locate } from './facts/locate.ts';
import type { Located } from './facts/located.ts';
import type { FactSources } from './facts/sources.ts';

export { probe } from './facts/probe.ts';
export type { FactSources } from './facts/sources.ts';

export interface FactRequest {
  readonly run: Run;
  readonly edition: Edition;
  readonly phase: DecisionInput['phase'];
  /** Store time now: what is read from here on is younger. */
  readonly at: number;
  /** Makes the plan out of what was found; what depends on it, locks and rights, is read behind it. Absent at admit. */
  readonly plan?: (found: Found) => Promise<Plan | null>;
  /** The rule's guards in force: their budgets are looked up besides the edition's. */
  readonly guards?: GuardPolicy;
}

/** What a plan is made of. */
export type Found = Pick<Facts, 'target' | 'workload'>;

/**
 * Reads all facts of a decision at once, under one deadline. Each is known or unknown on its own: one that cannot be read hides no other.
 * `outer` ends it early.
 */
export async function readFacts(sources: FactSources, request: FactRequest, outer?: AbortSignal): Promise<Facts> {
  using deadline = new Deadline(sources.timing.readMs, outer);
  const { run, edition, at } = request;
  const cluster = run.target.unresolved === null ? sources.clusters.get(run.target.cluster) : null;
  const located = deadline.fact((signal) => locateIn(cluster, request, signal));
  const owning = located.then((found) => readWorkload(cluster, found, deadline));
  const planned = Promise.all([located, owning]).then(([found, of]) => request.plan?.({ target: targetOf(found), workload: of }) ?? null);
  const [sight, brake, storm, owner, firing, suppression, target, workload, namespace, history, rights] = await Promise.all([
    deadline.fact(async () => (cluster === null ? null : sources.sight.of(cluster))),
    deadline.fact(() => sources.brakes.brakes()),
    deadline.fact(() => readStorm(sources, run)),
    deadline.fact((signal) => readOwner(sources.ownership, cluster, run, signal)),
    deadline.fact((signal) => readFiring(sources, run, edition, signal)),
    deadline.fact((signal) => readSuppression(sources, run, edition, signal)),
    located,
    owning,
    deadline.fact(async (signal) => (cluster === null ? null : cluster.getNamespace(run.target.namespace, signal))),
    Promise.all([located, planned]).then(([found, plan]) => readHistory(sources, request, plan, found, deadline)),
    planned.then((plan) => readRights(cluster, request, plan, deadline)),
  ]);
  return { at, sight, brake, storm, owner, firing, suppression, target: targetOf(target), workload, namespace, history, rights };
}

const targetOf = (located: Fact<Located>): Facts['target'] => (located.known ? known(located.value.fact) : located);

/** A target that was never rendered, or whose cluster is not configured, is known to be unknown: no reading will change it. */
async function locateIn(cluster: Cluster | null, { run, edition }: FactRequest, signal: AbortSignal): Promise<Located> {
  if (cluster !== null) return locate({ cluster, run, edition, signal });
  return { fact: { found: 'unknown', why: run.target.unresolved ?? `cluster ${run.target.cluster} is not configured` }, workload: null };
}

async function readWorkload(cluster: Cluster | null, located: Fact<Located>, deadline: Deadline): Promise<Fact<FactTypes['workload']>> {
  if (!located.known) return located;
  const { workload } = located.value;
  if (workload === null || cluster === null) return known(null);
  return deadline.fact(async (signal) => ({
    workload,
    health: healthOfMembers(workload.replicas, await cluster.membersOf(workload, signal)),
  }));
}

/** Locks of the plan and of what the run is about, cooldowns, budgets and memory; what is kept by subject needs the target, unless the run has pinned it. */
async function readHistory(
  sources: FactSources,
  request: FactRequest,
  plan: Plan | null,
  located: Fact<Located>,
  deadline: Deadline,
): Promise<Fact<HistoryFact>> {
  const { run, edition } = request;
  const { budgets, maxInFlight = null } = guardsOf(edition, request.guards ?? null);
  if (run.pinned === null && !located.known) return unknown(`whose history it is cannot be told: ${located.why}`);
  const pinned = run.pinned ?? (located.known ? pinnedOf(located.value.fact) : null);
  const cost = plan?.cost ?? 1;
  const charges = chargesOf({ rule: run.rule, target: run.target, pinned }, budgets, sources.limits().budget);
  return deadline.fact(() =>
    sources.history.history({
      run: run.id,
      dry: run.dry !== null,
      rule: run.rule,
      subject: pinned?.subject ?? run.target.key,
      locks: [...new Set([...(plan?.touches ?? []), ...(located.known ? objectKeys(run, located.value.fact) : [])])],
      budgets: isReleased(run) ? shareOf(charges, cost) : charges,
      cost,
      places: placesOf(run, sources.limits().maxInFlight, maxInFlight),
    }),
  );
}

async function readStorm({ history, limits }: FactSources, { target }: Run): Promise<FactTypes['storm']> {
  if (limits().storm === null) return null;
  return (await history.storms()).find(({ cluster }) => cluster === target.cluster) ?? null;
}

async function readOwner(
  ownership: FactSources['ownership'],
  cluster: Cluster | null,
  { dry, target }: Run,
  signal: AbortSignal,
): Promise<FactTypes['owner']> {
  return dry !== null || cluster === null ? null : ((await ownership?.of(cluster, target.namespace, signal)) ?? null);
}

async function readRights(
  cluster: Cluster | null,
  { phase }: FactRequest,
  plan: Plan | null,
  deadline: Deadline,
): Promise<Fact<FactTypes['rights']>> {
  if (plan === null) return unknown(`there is no plan at ${phase}`);
  return deadline.fact(async (signal) => {
    if (plan.rights.length === 0) return { missing: [] };
    if (cluster === null) throw new ClusterError('invalid', `cluster ${plan.cluster} is not configured`);
    return { missing: (await cluster.missingRights(plan.rights, signal)).map(wordsOf) };
  });
}

/** `delete pods in chain`, `create pods/exec in chain`, `patch deployments.apps in chain`. */
function wordsOf({ verb, group, resource, subresource, namespace }: Right): string {
  const kind = `${resource}${group === '' ? '' : `.${group}`}${subresource === null ? '' : `/${subresource}`}`;
  return `${verb} ${kind}${namespace === '' ? '' : ` in ${namespace}`}`;
}
