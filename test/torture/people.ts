import { StoreError, type AcceptAnswer } from '../../src/core/store.ts';
import { key, type World } from './world.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks a store that dies now and then until it answers. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind === 'protocol') throw error;
      await pause(50);
    }
  }
}

/** An approval that the store took. */
export interface Approval {
  readonly run: string;
  readonly planHash: string;
  /** A worker held the run at that moment. */
  readonly atWork: boolean;
}

export interface Alerts {
  /** The alert of this number, as it came before. */
  fire(index: number): Promise<AcceptAnswer>;
  resolve(index: number): Promise<AcceptAnswer>;
}

/** Humans and Alertmanager: they approve at odd moments, and the alert resolves once a run only verifies. */
export class People {
  readonly approvals: Approval[] = [];
  readonly #world: World;
  readonly #alerts: Alerts;
  readonly #random: () => number;
  #here = true;
  readonly #gone: Promise<void>;

  constructor(world: World, alerts: Alerts, random: () => number) {
    this.#world = world;
    this.#alerts = alerts;
    this.#random = random;
    this.#gone = this.#watch();
  }

  async leave(): Promise<void> {
    this.#here = false;
    await this.#gone;
  }

  async #watch(): Promise<void> {
    while (this.#here) {
      await pause(100);
      await this.#round().catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { client } = this.#world;
    const live = await client.zrange(key('due'), '0', '-1');
    await Promise.all(
      live.map(async (id) => {
        const [state, slot, ask, answered] = await client.hmget(key('run', id), 'state', 'slot', 'ask', 'answered');
        const index = Number(/t(\d+)-0$/.exec(slot ?? '')?.[1]);
        if (state === 'verifying') await this.#alerts.resolve(index);
        if (ask && !answered && this.#random() < 0.3) await this.#approve(id, index, ask);
      }),
    );
  }

  /** The alert comes again first, every other time: that makes a worker look at the run just now. */
  async #approve(id: string, index: number, planHash: string): Promise<void> {
    const { store, hints } = this.#world;
    if (this.#random() < 0.5) {
      void hints.wake((await this.#alerts.fire(index)).hints);
      for (let waited = 0; waited < 30 && !(await this.#isHeld(id)); waited += 1) await pause(1);
    }
    const atWork = await this.#isHeld(id);
    const answer = await store.signal(id, { kind: 'approve', planHash, by: 'ada', at: Date.now() });
    if (answer.kind !== 'ok') return;
    this.approvals.push({ run: id, planHash, atWork });
    if (this.#random() < 0.5) void hints.wake([answer.hint]);
  }

  async #isHeld(id: string): Promise<boolean> {
    const [worker, until] = await this.#world.client.hmget(key('run', id), 'worker', 'until');
    return Boolean(worker) && Number(until) > Date.now();
  }
}
