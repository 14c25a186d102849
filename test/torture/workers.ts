import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startNode, type Process } from '../support/process.ts';
import { STOP_POINTS, TORTURE, tortureTiming } from './plan.ts';

const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Three worker processes: one that is only stopped and continued, a zombie again and again, and two that are only killed. */
export class Workers implements AsyncDisposable {
  kills = 0;
  stops: Record<string, number> = {};
  readonly #args: readonly string[];
  readonly #random: () => number;
  #running: Process[] = [];
  #zombie: Process | null = null;
  #over = false;
  #chaos: Promise<unknown> = Promise.resolve();

  constructor(args: readonly string[], random: () => number) {
    this.#args = args;
    this.#random = random;
  }

  async start(): Promise<void> {
    this.#running = await Promise.all([this.#launch(), this.#launch()]);
    this.#zombie = await this.#launchZombie(0);
  }

  /** Kills and stops until told otherwise. */
  torment(): void {
    this.#chaos = Promise.all([this.#killer(), this.#stopper()]);
  }

  /** What was broken stays whole from here on: one fresh pair of workers drains the rest. */
  async calm(): Promise<void> {
    this.#over = true;
    await this.#chaos;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calm();
    await Promise.all([...this.#running, ...(this.#zombie === null ? [] : [this.#zombie])].map((one) => one.kill()));
  }

  #launch(env: Record<string, string> = {}): Promise<Process> {
    return startNode(file, this.#args, { env: { REMEDIAD_TEST: '1', ...env } });
  }

  #launchZombie(turn: number): Promise<Process> {
    const point = STOP_POINTS[turn % STOP_POINTS.length] ?? 'begin.after';
    this.stops[point] ??= 0;
    return this.#launch({ REMEDIAD_FAIL_POINT: `${point}:stop:${1 + Math.floor(this.#random() * 3)}` });
  }

  async #killer(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      await pause(500 + this.#random() * 300);
      const index = turn % this.#running.length;
      await this.#running[index]?.kill();
      this.kills += 1;
      this.#running[index] = await this.#launch();
    }
  }

  /** Waits for the zombie to stop itself, lets it lie for two leases, and wakes it up amid what others did meanwhile. */
  async #stopper(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      const zombie = this.#zombie;
      if (zombie === null) return;
      if (await this.#stopped(zombie)) {
        const point = STOP_POINTS[turn % STOP_POINTS.length] ?? '';
        this.stops[point] = (this.stops[point] ?? 0) + 1;
        await pause(TORTURE.stoppedLeases * tortureTiming.leaseMs);
        zombie.signal('SIGCONT');
        await pause(1_000);
      }
      await zombie.kill();
      this.#zombie = await this.#launchZombie(turn + 1);
    }
  }

  async #stopped(zombie: Process): Promise<boolean> {
    for (let waited = 0; waited < 100 && !this.#over; waited += 1) {
      if (stateOf(zombie.pid) === 'T') return true;
      await pause(100);
    }
    return stateOf(zombie.pid) === 'T';
  }
}

/** `T` = stopped; see proc(5). */
function stateOf(pid: number): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
