import { PlanRefused, type Action } from '../../core/capability.ts';
import { decide } from '../../core/decide-run.ts';
import type { Step } from '../../core/edition.ts';
import { stepAt } from '../../core/ladder.ts';
import { pinnedOf } from '../../core/pinned.ts';
import type { Plan } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import type { RunEvent } from '../../core/run.ts';
import { readFacts, type Found } from '../read-facts.ts';
import { paramsOf, Unresolved } from '../run-check.ts';
import { subjectOf, toolsOf } from '../subject.ts';
import type { Handler, Work } from '../work.ts';

/** Plans the action at hand on fresh facts, and asks the guards about this plan. */
export const permit: Handler<'permit'> = async (work, command) => {
  const { deps, run, edition } = work;
  const step = stepAt(run, edition);
  if (step?.word !== 'action') throw new Error(`run ${run.id}: no action at ${command.path}`);
  const planning = new Planning(work, step);
  const permission = deps.inForce.permission(run.rule);
  const guards = permission.guards === null ? {} : { guards: permission.guards };
  const facts = await readFacts(
    deps.facts,
    { run, edition, phase: 'permit', at: work.now(), plan: (found) => planning.plan(found), ...guards },
    work.signal,
  );
  await deps.failPoint('facts.after');
  const decision = decide({ phase: 'permit', now: work.now(), run, edition, permission, facts, plan: planning.made, timing: deps.timing });
  // No plan for an object that is not there is the target guard's matter; no plan for one that is, the step's.
  const unplanned = decision.then === 'run' || decision.reason === 'unknown-plan';
  if (planning.unresolved !== null) return { kind: 'unresolved', path: command.path, message: planning.unresolved };
  if (planning.refused !== null && unplanned) return { kind: 'plan-refused', path: command.path, message: planning.refused };
  const pinned = facts.target.known ? pinnedOf(facts.target.value) : null;
  return {
    kind: 'decided',
    phase: 'permit',
    decision,
    pinned: passed(decision.then) ? pinned : null,
    plan: planning.made,
    factsAt: facts.at,
    memory: null,
  };
};

/** A successor of our own becomes the target only where the target guard let it pass. */
const passed = (then: Extract<RunEvent, { kind: 'decided' }>['decision']['then']) => then === 'run' || then === 'observe' || then === 'ask';

/** Making a plan out of what was found: made, refused for good, not to be had from this alert, or none of it, where something could not be read. */
class Planning {
  made: Plan | null = null;
  refused: string | null = null;
  unresolved: string | null = null;
  readonly #work: Work;
  readonly #step: Extract<Step, { word: 'action' }>;

  constructor(work: Work, step: Extract<Step, { word: 'action' }>) {
    this.#work = work;
    this.#step = step;
  }

  async plan(found: Found): Promise<Plan | null> {
    const action = this.#work.deps.registry.actions.get(this.#step.action);
    if (action === undefined) this.refused = `there is no action ${this.#step.action} in this version`;
    else await this.#ask(action, found);
    return this.made;
  }

  async #ask(action: Action, found: Found): Promise<void> {
    try {
      const params = paramsOf(action, this.#step.with, this.#work, this.#step.scope);
      this.made = await action.plan(subjectOf(this.#work, found), params, toolsOf(this.#work, this.#work.deps.timing.readMs));
    } catch (error) {
      if (error instanceof PlanRefused) this.refused = error.message;
      else if (error instanceof Unresolved) this.unresolved = error.message;
      else if (!(error instanceof ClusterError)) throw error;
    }
  }
}
