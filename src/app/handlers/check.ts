import { stepAt } from '../../core/ladder.ts';
import type { CheckOutput } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import { readSubject, runCheck, Unresolved, type CheckCall } from '../run-check.ts';
import { toolsOf } from '../subject.ts';
import type { Handler, Work } from '../work.ts';

/** Runs the check of the step at hand, or the one behind its action. Whatever goes wrong with reading is an unknown answer, never a no. */
export const check: Handler<'check'> = async (work, command) => {
  await work.deps.failPoint('step.poison');
  const step = stepAt(work.run, work.edition);
  const called = step?.word === 'action' ? step.verify : step?.word === 'check' ? step : null;
  if (step === undefined || called === null) throw new Error(`run ${work.run.id}: no check at ${command.path}`);
  const ms = step.word === 'check' ? step.timeoutMs : work.deps.timing.readMs;
  try {
    const { ok, message, fields } = await answerOf(work, { check: called.check, with: called.with, scope: step.scope }, ms);
    return { kind: 'checked', path: command.path, ok, message, fields };
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return { kind: 'unresolved', path: command.path, message: error.message };
  }
};

async function answerOf(work: Work, call: CheckCall, ms: number): Promise<CheckOutput> {
  try {
    const tools = toolsOf(work, ms);
    return await runCheck(work.deps.registry.checks, call, work, tools, async () => (await readSubject(work, tools)).subject);
  } catch (error) {
    if (error instanceof ClusterError) return { ok: null, message: error.message, fields: {} };
    throw error;
  }
}
