import type { EffectOutcome, RunEvent } from '../../core/run.ts';
import type { LookUp } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import { toolsOf } from '../subject.ts';
import type { Handler, Work } from '../work.ts';

/**
 * Asks the world whether an effect without a result happened, and records the answer. A result that was recorded meanwhile by the worker
 * that had lost the run counts more than the look-up: the next claim tells it.
 */
export const lookUp: Handler<'look-up'> = async (work, command) => {
  const begun = work.effects.find(({ effect }) => effect === command.effect);
  if (begun === undefined) throw new Error(`run ${work.run.id}: effect ${command.effect} was never begun`);
  const action = work.deps.registry.actions.get(begun.plan.action);
  const answer: LookUp =
    action === undefined
      ? undecidable(begun.plan.action)
      : await ask(work, () => action.lookUp(begun.plan, work.run.id, toolsOf(work, work.deps.timing.readMs)));
  const outcome = recorded(answer);
  if (outcome !== null) {
    const state = answer.kind === 'done' ? 'done' : 'abandoned';
    const written = await work.deps.store.finish(work.run.id, work.epoch, command.effect, state, outcome);
    // Whoever recorded this very answer died before it could commit it: that is no news.
    if (written === 'seen' && begun.state !== state) return 'again';
  }
  return told(command.effect, answer, action?.effect === 'idempotent');
};

async function ask(work: Work, call: () => Promise<LookUp>): Promise<LookUp> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ClusterError) return { kind: 'unreadable', message: error.message };
    if (work.signal.aborted) return { kind: 'unreadable', message: 'the look-up was cut short' };
    throw error;
  }
}

function recorded(answer: LookUp): EffectOutcome | null {
  if (answer.kind === 'done') return { kind: 'done', output: answer.output };
  return answer.kind === 'not-done' ? { kind: 'unknown', message: 'looked up: not done' } : null;
}

function told(effect: string, answer: LookUp, again: boolean): RunEvent {
  const message = 'message' in answer ? answer.message : '';
  const output = answer.kind === 'done' ? answer.output : {};
  return { kind: 'looked-up', effect, result: answer.kind, again, message, output };
}

function undecidable(action: string): LookUp {
  return { kind: 'undecidable', message: `there is no action ${action} in this version` };
}
