import type { FailPoint } from '../../src/core/fail-point.ts';
import type { Process } from '../support/process.ts';
import { TORTURE, tortureTiming, type Torment } from './plan.ts';
import { startTortured, untilStopped } from './process.ts';
import type { WorkerOptions } from './worker.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface Chaos {
  readonly torment: Torment;
  readonly worker: WorkerOptions;
  readonly random: () => number;
  /** 0–1: how much of the runs has begun. */
  readonly progress: () => number;
  /** A zombie is woken up after its time and when this is done. */
  readonly whileStopped?: (zombie: Process) => Promise<void>;
}

/** Worker processes: victims that are killed again and again, and zombies that stop themselves somewhere and are continued much later. */
export class Workers implements AsyncDisposable {
  kills = 0;
  readonly stops = new Map<FailPoint, number>();
  readonly #chaos: Chaos;
  readonly #alive = new Set<Process>();
  #over = false;
  #turns = 0;
  readonly #running: Promise<unknown>;

  constructor(chaos: Chaos) {
    this.#chaos = chaos;
    for (const point of chaos.torment.stopPoints) this.stops.set(point, 0);
    const again = (count: number, life: () => Promise<void>) => Array.from({ length: count }, () => life());
    this.#running = Promise.all([...again(TORTURE.victims, () => this.#victims()), ...again(TORTURE.zombies, () => this.#zombies())]);
    // Told by `calm`.
    this.#running.catch(() => undefined);
  }

  /** Everything was done to them that was planned. */
  get tormented(): boolean {
    return this.kills >= this.#chaos.torment.kills && this.#stoppedEnough;
  }

  get #stoppedEnough(): boolean {
    return [...this.stops.values()].every((stops) => stops >= this.#chaos.torment.stopsEach);
  }

  /** What was broken stays whole from here on: the victims that live drain the rest. */
  async calm(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calm().catch(() => undefined);
    await Promise.all([...this.#alive].map((one) => this.#kill(one)));
  }

  async #victims(): Promise<void> {
    for (;;) {
      const victim = await this.#launch('');
      await pause(200 + this.#chaos.random() * 400);
      const { kills } = this.#chaos.torment;
      while (!this.#over && this.kills >= kills * this.#chaos.progress()) await pause(20);
      if (this.#over) return;
      this.kills += 1;
      await this.#kill(victim);
    }
  }

  async #zombies(): Promise<void> {
    const points = this.#chaos.torment.stopPoints;
    while (!this.#over && !this.#stoppedEnough) {
      const point = points[this.#turns % points.length] ?? 'begin.after';
      this.#turns += 1;
      const zombie = await this.#launch(`${point}:stop:${1 + Math.floor(this.#chaos.random() * 3)}`);
      if (await this.#stopped(zombie)) {
        await Promise.all([pause(TORTURE.stoppedLeases * tortureTiming.leaseMs), this.#chaos.whileStopped?.(zombie)]);
        zombie.signal('SIGCONT');
        // It goes on with all that it has in hand.
        await pause(700);
        this.stops.set(point, (this.stops.get(point) ?? 0) + 1);
      }
      await this.#kill(zombie);
    }
  }

  async #stopped(zombie: Process): Promise<boolean> {
    for (let waited = 0; waited < 10 && !this.#over; waited += 1) {
      const stopped = await untilStopped(zombie, 1_000).then(
        () => true,
        () => false,
      );
      if (stopped) return true;
    }
    return false;
  }

  /** One that comes up while the store is down gives up, and whoever looks after it starts another. */
  async #launch(failPoint: string, attempts = 5): Promise<Process> {
    const one = await startTortured('worker', this.#chaos.worker, failPoint);
    this.#alive.add(one);
    try {
      await one.waitForLine(/worker ready/, 30_000);
      return one;
    } catch (error) {
      await this.#kill(one);
      if (attempts <= 1) throw error;
      return this.#launch(failPoint, attempts - 1);
    }
  }

  async #kill(one: Process): Promise<void> {
    await one.kill();
    this.#alive.delete(one);
  }
}
