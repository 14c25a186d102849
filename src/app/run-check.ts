import type { Check, Subject, Tools } from '../core/capability.ts';
import type { Edition, TemplatedJson } from '../core/edition.ts';
import { environmentOf, workloadEntry } from '../core/environment.ts';
import { ExpressionError, renderTemplates } from '../core/expression.ts';
import type { TargetFact } from '../core/facts.ts';
import { healthOfMembers } from '../core/health.ts';
import type { PodView } from '../core/objects.ts';
import type { CheckOutput } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { locate } from './facts/locate.ts';

/** How a capability is run on the object of a run: the same for the steps of a recipe and for the check of a rule. */

type Of = { readonly run: Run; readonly edition: Edition };

/** A parameter has no value on this alert, or none that fits: another try would meet the same. The message names the capability. */
export class Unresolved extends Error {}

/** Parameters are rendered in the scope of the step ('' = the rule's own) and validated by the capability's schema; throws `Unresolved`. */
export function paramsOf(
  capability: Pick<Check, 'name' | 'params'>,
  templated: Readonly<Record<string, TemplatedJson>>,
  { run, edition }: Of,
  scope: string,
): unknown {
  const parsed = capability.params.safeParse(rendered(capability.name, templated, { run, edition }, scope));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Unresolved(`${capability.name}: parameter ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

function rendered(name: string, templated: Readonly<Record<string, TemplatedJson>>, { run, edition }: Of, scope: string) {
  try {
    return renderTemplates(templated, environmentOf(run, edition, scope));
  } catch (error) {
    if (error instanceof ExpressionError) throw new Unresolved(`${name}: ${error.message}`);
    throw error;
  }
}

/**
 * Reads the object at the target's place afresh, whoever put it there, with the members of its workload. What does not exist is null; what
 * cannot be read throws `ClusterError`.
 */
export async function readSubject(
  { run, edition }: Of,
  { cluster, signal }: Pick<Tools, 'cluster' | 'signal'>,
): Promise<{ readonly fact: TargetFact; readonly members: readonly PodView[]; readonly subject: Subject }> {
  const { fact, workload } = await locate({ cluster, run, edition, signal });
  const pod = fact.found === 'one' ? fact.pod : null;
  const members = workload === null ? [] : await cluster.membersOf(workload, signal);
  const health = workload === null ? null : healthOfMembers(workload.replicas, members);
  return { fact, members, subject: { run, edition, pod, workload, health, entry: workloadEntry(run, edition) } };
}

/** Which check, and with what; `scope` of the step, '' for the rule's own. */
export interface CheckCall {
  readonly check: string;
  readonly with: Readonly<Record<string, TemplatedJson>>;
  readonly scope: string;
}

/** The subject is asked for once the parameters are known. Throws `Unresolved`, and what reading throws. */
export async function runCheck(
  checks: ReadonlyMap<string, Check>,
  call: CheckCall,
  of: Of,
  tools: Tools,
  subject: () => Promise<Subject>,
): Promise<CheckOutput> {
  const check = checks.get(call.check);
  if (check === undefined) return { ok: null, message: `there is no check ${call.check} in this version`, fields: {} };
  const params = paramsOf(check, call.with, of, call.scope);
  return check.run(await subject(), params, tools);
}
