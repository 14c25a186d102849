import type { Run } from '../../src/core/run.ts';
import type { Approval } from './people.ts';
import { TORTURE } from './plan.ts';
import { key, type Left, type World } from './world.ts';

/** What became of everything that was accepted. */
export interface Account {
  readonly runs: number;
  readonly succeeded: number;
  /** Accepted and never made, or succeeded without all of its effects; each by its number or id. */
  readonly lost: readonly string[];
  /** Effects that happened more often than they were meant to, each by its run with all that is known of it. */
  readonly doubled: readonly string[];
  /** Deletions of a pod that was already ending: they changed nothing. */
  readonly repeated: number;
  /** Whatever did not succeed, with its reason. */
  readonly stuck: readonly string[];
  readonly approvals: number;
  readonly approvalsAtWork: number;
  /** Taken by the store, and what was approved was never begun. */
  readonly approvalsLost: readonly string[];
  readonly left: Left;
}

export async function account(world: World, accepted: number, approvals: readonly Approval[]): Promise<Account> {
  const runs = await world.store.runs({ limit: 10_000 });
  const journal = await world.sandbox.admin.journal();
  const happened = new Map<string, number>();
  for (const { run, repeated } of journal) if (run !== null && !repeated) happened.set(run, (happened.get(run) ?? 0) + 1);
  const excess = await Promise.all(runs.map(async (run) => ({ run, count: (happened.get(run.id) ?? 0) - (await meant(world, run.id)) })));
  const missing = Array.from({ length: Math.max(0, accepted - runs.length) }, (_, index) => `run ${runs.length + index + 1}`);
  const short = runs.filter((run) => run.state === 'succeeded' && (happened.get(run.id) ?? 0) < TORTURE.effects);
  const begun = new Set(runs.flatMap((run) => run.effects.map(({ planHash }) => `${run.id} ${planHash}`)));
  return {
    runs: runs.length,
    succeeded: runs.filter(({ state }) => state === 'succeeded').length,
    lost: [...missing, ...short.map(({ id }) => id)],
    doubled: await Promise.all(excess.filter(({ count }) => count > 0).map(({ run, count }) => story(world, run, count))),
    repeated: journal.filter(({ repeated }) => repeated).length,
    stuck: runs.filter(({ state }) => state !== 'succeeded').map(tell),
    approvals: approvals.length,
    approvalsAtWork: approvals.filter(({ atWork }) => atWork).length,
    approvalsLost: approvals.map(({ run, planHash }) => `${run} ${planHash}`).filter((one) => !begun.has(one)),
    left: await world.left(),
  };
}

/** One effect for each step of which one was begun, whatever its attempts. */
async function meant({ client }: World, id: string): Promise<number> {
  const effects = await client.hkeys(key('run', id, 'fx'));
  return new Set(effects.map((effect) => effect.slice(0, effect.lastIndexOf('/')))).size;
}

/** All that is needed to find out how it came to it. */
async function story({ sandbox, store }: World, run: Run, count: number): Promise<string> {
  const journal = (await sandbox.admin.journal({ run: run.id })).map((entry) => `${entry.at} world ${JSON.stringify(entry)}`);
  const audit = ((await store.run(run.id))?.audit ?? []).map(({ at, kind, data }) => `${at} ${kind} ${JSON.stringify(data).slice(0, 300)}`);
  return [`${count} more than meant: ${tell(run)}`, ...[...journal, ...audit].toSorted()].join('\n  ');
}

function tell(run: Run): string {
  const effects = run.effects.map(({ id, result }) => `${id} ${result}`).join(', ');
  return `${run.id} ${run.state} ${run.end?.reason ?? run.hold?.reason ?? ''} (${effects}) ${run.end?.detail ?? ''}`;
}
