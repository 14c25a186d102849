import type { JournalEntry } from '../../../src/adapters/sandbox/world/journal.ts';
import type { Edition } from '../../../src/core/edition.ts';
import type { Run } from '../../../src/core/run.ts';
import type { Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import type { Sandbox } from '../../support/sandbox.ts';
import { actionStep, ladder } from '../../unit/core/reduce/steps.ts';

/** Many workloads of one pod each, and a rule that restarts the pod and is content once its alert is gone. */

const NAMESPACE = 'crowd';

export const fleet = (count: number) => ({
  workloads: Array.from({ length: count }, (_, index) => ({
    kind: 'StatefulSet' as const,
    namespace: NAMESPACE,
    name: `t${index}`,
    replicas: 1,
    start: 20,
    ready: 20,
    terminate: 20,
  })),
});

export const labelsOf = (index: number, more: Readonly<Record<string, string>> = {}) => ({
  alertname: 'Crowd',
  namespace: NAMESPACE,
  pod: `t${index}-0`,
  ...more,
});

export function restarts(guards: Partial<Edition['rule']['guards']> = {}): Edition {
  const { rule, ...edition } = ladder([actionStep('restart')]);
  const open = { cooldownMs: 0, targetCooldownMs: 0, minAgeMs: 0, quorum: 'off' as const, budgets: [], ...guards };
  return {
    ...edition,
    rule: {
      ...rule,
      name: 'crowd',
      priority: null,
      escalateAfterMs: 'never',
      verify: { withinMs: 60_000, stableForMs: 50, alertLabels: ['pod'], check: null },
      guards: { ...rule.guards, ...open },
    },
  };
}

/** The alert of each pod that was restarted resolves, until `count` runs have ended; answers them in the order of their effects. */
export async function heal(
  engine: Engine,
  sandbox: Sandbox,
  alerts: ReadonlyMap<string, { readonly labels: Readonly<Record<string, string>>; readonly startsAt: number }>,
  withinMs: number,
): Promise<readonly { readonly run: Run; readonly at: number }[]> {
  const healed = new Set<string>();
  const started = new Map<string, number>();
  const ended = new Map<string, Run>();
  const look = async ({ run: id, at }: JournalEntry) => {
    if (id === null) return;
    started.set(id, Math.min(at, started.get(id) ?? at));
    const alert = alerts.get(id);
    if (alert === undefined || healed.has(id)) return;
    healed.add(id);
    await engine.resolve(alert.labels, alert.startsAt);
  };
  await eventually(
    `${alerts.size} runs to end`,
    async () => {
      for (const entry of await sandbox.admin.journal()) await look(entry);
      for (const run of await engine.store.runs({ limit: 1_000 })) if (run.end !== null) ended.set(run.id, run);
      return [...alerts.keys()].every((id) => ended.has(id));
    },
    { withinMs, everyMs: 50 },
  );
  const inOrder = [...started].toSorted(([, a], [, b]) => a - b);
  return inOrder.flatMap(([id, at]) => {
    const run = ended.get(id);
    return run === undefined ? [] : [{ run, at }];
  });
}

/** The most that acted at one moment, each from its effect in the world to its end. */
export function mostAtOnce(acted: readonly { readonly run: Run; readonly at: number }[]): number {
  const open = (moment: number) => acted.filter(({ at, run }) => at <= moment && moment < (run.end?.at ?? Number.POSITIVE_INFINITY)).length;
  return Math.max(0, ...acted.map(({ at }) => open(at)));
}
