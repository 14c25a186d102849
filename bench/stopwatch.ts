import { AsyncLocalStorage } from 'node:async_hooks';
import type { FailPoint } from '../src/core/fail-point.ts';
import type { Cluster } from '../src/core/ports.ts';

/** Marks of one alert, ms of the monotonic clock; `api…`: for how long calls of its run to the cluster were under way by then. */
export interface Marks {
  sent: number;
  accepted: number;
  go: number;
  effect: number;
  apiAtGo: number;
  apiAtEffect: number;
}

/** The work on one run: the pod that it asked for first, and its time in calls. */
class Flow {
  pod: string | null = null;
  #underWay = 0;
  #since = 0;
  #total = 0;

  get apiMs(): number {
    return this.#total + (this.#underWay > 0 ? performance.now() - this.#since : 0);
  }

  async call(call: () => Promise<unknown>): Promise<unknown> {
    if (this.#underWay === 0) this.#since = performance.now();
    this.#underWay += 1;
    try {
      return await call();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#total += performance.now() - this.#since;
    }
  }
}

/** Takes the times of alerts, each known by the pod that it is about. */
export class Stopwatch {
  /** The cluster for the engine: the same one, with a clock at each call. */
  readonly cluster: Cluster;
  readonly #flows = new AsyncLocalStorage<Flow>();
  readonly #alerts = new Map<string, { readonly marks: Marks; readonly resolve: (marks: Marks) => void }>();

  constructor(cluster: Cluster) {
    this.cluster = new Proxy(cluster, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const flow = this.#flows.getStore();
          if (flow !== undefined && key === 'getPod') flow.pod ??= String(args[1]);
          const call = () => value.apply(target, args) as Promise<unknown>;
          return flow?.call(call) ?? call();
        };
      },
    });
  }

  /** For the engine and the receiver. */
  readonly failPoint = (point: FailPoint): Promise<void> => {
    if (point === 'accept.after') this.#accepted();
    // What follows a claim belongs to its run, however many are worked on at a time.
    if (point === 'claim.after') this.#flows.enterWith(new Flow());
    if (point === 'begin.after') this.#mark(({ marks }, now, apiMs) => Object.assign(marks, { go: now, apiAtGo: apiMs }));
    if (point === 'perform.after') {
      this.#mark(({ marks, resolve }, now, apiMs) => resolve(Object.assign(marks, { effect: now, apiAtEffect: apiMs })));
    }
    return Promise.resolve();
  };

  /** From now until the effect on the pod. */
  async time(pod: string, send: () => Promise<void>): Promise<Marks> {
    const { promise, resolve } = Promise.withResolvers<Marks>();
    const marks = { sent: performance.now(), accepted: 0, go: 0, effect: 0, apiAtGo: 0, apiAtEffect: 0 };
    this.#alerts.set(pod, { marks, resolve });
    await send();
    return promise;
  }

  #accepted(): void {
    const now = performance.now();
    for (const { marks } of this.#alerts.values()) if (marks.accepted === 0) marks.accepted = now;
  }

  #mark(take: (alert: { marks: Marks; resolve: (marks: Marks) => void }, now: number, apiMs: number) => void): void {
    const flow = this.#flows.getStore();
    const alert = this.#alerts.get(flow?.pod ?? '');
    if (flow !== undefined && alert !== undefined) take(alert, performance.now(), flow.apiMs);
  }
}
