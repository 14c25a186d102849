import { ClusterError, type Clock } from '../../core/ports.ts';
import type { Api } from './api.ts';
import { clusterCall } from './call.ts';
import { isNodeReady, Node } from './pod-view.ts';

/** All pods of one reading ask about the same few nodes. A node's own word is up to 10 s old, so this adds little. */
const FRESH_MS = 2_000;

/** Whether nodes are ready. */
export class Nodes {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly ready: boolean | null; readonly at: number }>();

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** By name. Null = nobody can tell, whether that is for want of a right or because the node cannot be read; a node that is gone is not ready. */
  async ready(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, boolean | null>> {
    const distinct = [...new Set(names)];
    return new Map(await Promise.all(distinct.map(async (name) => [name, await this.#one(name, signal)] as const)));
  }

  async #one(name: string, signal: AbortSignal): Promise<boolean | null> {
    const at = this.#clock.monotonic();
    for (const [old, known] of this.#known) if (at - known.at > FRESH_MS) this.#known.delete(old);
    const known = this.#known.get(name);
    if (known !== undefined) return known.ready;
    const ready = await this.#read(name, signal);
    this.#known.set(name, { ready, at });
    return ready;
  }

  async #read(name: string, signal: AbortSignal): Promise<boolean | null> {
    try {
      const node = await this.#api.get(clusterCall('get', 'nodes', name), Node, signal);
      return node === null ? false : isNodeReady(node);
    } catch (error) {
      if (error instanceof ClusterError && error.kind !== 'timeout') return null;
      throw error;
    }
  }
}
