import type { Cluster } from '../src/core/ports.ts';

/** The same cluster, with a clock that runs while at least one call to it is under way: what a run spends there is not ours. */
export class ApiTime {
  readonly cluster: Cluster;
  #underWay = 0;
  #since = 0;
  #total = 0;

  constructor(cluster: Cluster) {
    this.cluster = new Proxy(cluster, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function'
          ? (...args: unknown[]) => this.#timed(() => value.apply(target, args) as Promise<unknown>)
          : value;
      },
    });
  }

  /** ms so far. */
  get total(): number {
    return this.#total + (this.#underWay > 0 ? performance.now() - this.#since : 0);
  }

  async #timed(call: () => Promise<unknown>): Promise<unknown> {
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
