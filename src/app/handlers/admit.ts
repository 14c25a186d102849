import { decide } from '../../core/decide-run.ts';
import type { Facts } from '../../core/facts.ts';
import { pinnedOf } from '../../core/pinned.ts';
import type { Memory } from '../../core/run.ts';
import { readFacts } from '../read-facts.ts';
import type { Handler } from '../work.ts';

/** Reads the facts of a run that is about to start, and asks the guards. */
export const admit: Handler<'admit'> = async (work) => {
  const { deps, run, edition } = work;
  const permission = deps.inForce.permission(run.rule);
  const facts = await readFacts(
    deps.facts,
    { run, edition, phase: 'admit', at: work.now(), ...(permission.guards === null ? {} : { guards: permission.guards }) },
    work.signal,
  );
  await deps.failPoint('facts.after');
  const decision = decide({ phase: 'admit', now: work.now(), run, edition, permission, facts, plan: null, timing: deps.timing });
  const pinned = facts.target.known ? pinnedOf(facts.target.value) : null;
  return { kind: 'decided', phase: 'admit', decision, pinned, plan: null, factsAt: facts.at, memory: memoryOf(facts) };
};

/** Only what was acted upon moves the ladder. */
function memoryOf({ history }: Facts): Memory | null {
  if (!history.known || history.value.memory?.acted !== true) return null;
  const { rung, outcome, endedAt } = history.value.memory;
  return { rung, outcome, endedAt };
}
