/** What a node tells of a pod that it has started. */
export interface Condition {
  readonly ready?: boolean;
  readonly phase?: 'Running' | 'Succeeded' | 'Failed';
  readonly restarts?: number;
  /** The containers wait, for this reason, e.g. `CrashLoopBackOff`; absent = they run. */
  readonly waiting?: string;
  /** How they ended before, e.g. `OOMKilled` with 137. */
  readonly lastEnd?: { readonly reason: string; readonly exitCode: number };
}

export interface PodReport {
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  readonly ip: string;
  readonly startedAt: string;
  readonly condition: Condition;
  /** Since when it is ready, or not. */
  readonly since: string;
}

/** The status of a pod, for a strategic merge patch. */
export function statusOf({ containers, ip, startedAt, condition, since }: PodReport): object {
  const { ready = false, phase = 'Running', restarts = 0 } = condition;
  const conditionOf = (type: string, holds: boolean) => ({ type, status: holds ? 'True' : 'False', lastTransitionTime: since });
  const state = condition.waiting === undefined ? { running: { startedAt } } : { waiting: { reason: condition.waiting }, running: null };
  return {
    phase,
    startTime: startedAt,
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [conditionOf('Initialized', true), conditionOf('ContainersReady', ready), conditionOf('Ready', ready)],
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: 'none',
      ready,
      started: ready,
      restartCount: restarts,
      state,
      lastState: condition.lastEnd === undefined ? {} : { terminated: { ...condition.lastEnd, startedAt, finishedAt: startedAt } },
    })),
  };
}
