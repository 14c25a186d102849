import type { Check } from '../../core/capability.ts';
import { environmentOf } from '../../core/environment.ts';
import { ExpressionError, renderTemplates } from '../../core/expression.ts';
import type { Json } from '../../core/json.ts';
import { stepAt } from '../../core/ladder.ts';
import type { CheckOutput } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import { readSubject, toolsOf } from '../subject.ts';
import type { Handler, Work } from '../work.ts';

/** Runs the check of the step at hand, or the one behind its action. Whatever goes wrong with reading is an unknown answer, never a no. */
export const check: Handler<'check'> = async (work, command) => {
  await work.deps.failPoint('step.poison');
  const step = stepAt(work.run, work.edition);
  const called = step?.word === 'action' ? step.verify : step?.word === 'check' ? step : null;
  if (step === undefined || called === null) throw new Error(`run ${work.run.id}: no check at ${command.path}`);
  const ms = step.word === 'check' ? step.timeoutMs : work.deps.timing.readMs;
  try {
    const { ok, message, fields } = await runCheck(work, called.check, called.with, step.scope, ms);
    return { kind: 'checked', path: command.path, ok, message, fields };
  } catch (error) {
    if (!isUnresolved(error)) throw error;
    return { kind: 'unresolved', path: command.path, message: error.message };
  }
};

/** Parameters are rendered in the step's scope and validated by the check's own schema; throws what `paramsOf` does. */
async function runCheck(
  work: Work,
  name: string,
  templated: Readonly<Record<string, Json>>,
  scope: string,
  ms: number,
): Promise<CheckOutput> {
  const check = work.deps.registry.checks.get(name);
  if (check === undefined) return unknown(`there is no check ${name} in this version`);
  try {
    const tools = toolsOf(work, ms);
    const params = paramsOf(check, templated, work, scope);
    const subject = await readSubject(work, tools);
    return await check.run(subject, params, tools);
  } catch (error) {
    if (error instanceof ClusterError) return unknown(error.message);
    throw error;
  }
}

/** A rendered parameter does not fit: the alert's values are not what the recipe expects. */
class ParameterError extends Error {}

/** The step's parameters have no value on this alert, or none that fits: another try would meet the same. */
export function isUnresolved(error: unknown): error is Error {
  return error instanceof ExpressionError || error instanceof ParameterError;
}

/** Throws `ExpressionError` for what cannot be evaluated, `ParameterError` for what does not fit the capability's schema. */
export function paramsOf(
  capability: Pick<Check, 'name' | 'params'>,
  templated: Readonly<Record<string, Json>>,
  work: Work,
  scope: string,
): unknown {
  const rendered = renderTemplates(templated, environmentOf(work.run, work.edition, scope));
  const parsed = capability.params.safeParse(rendered);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ParameterError(`${capability.name}: parameter ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

const unknown = (message: string): CheckOutput => ({ ok: null, message, fields: {} });
