import { expect } from 'vitest';
import { isEnded, type Run } from '../../../src/core/run.ts';
import type { Edition } from '../../../src/core/edition.ts';
import type { Timing } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import type { Process } from '../../support/process.ts';
import { actionStep } from '../../unit/core/reduce/steps.ts';
import { editionOf, labelsOf } from '../fleet.ts';
import { NO_CLOCK } from '../plan.ts';
import { startTortured } from '../process.ts';
import type { WorkerOptions } from '../worker.ts';
import { openWorld, key, type Labels, type World, type WorldOptions } from '../world.ts';

/** One restart of one pod, by default of the first workload. */
export const restart: Edition = editionOf([actionStep('restart', { settleMs: 100 })]);
export const labels = labelsOf(0);

/** Long enough for a process to be stopped and continued without losing what it holds. */
export const longLease: Partial<Timing> = { leaseMs: 60_000, performMs: 30_000, factsMaxAgeMs: 60_000 };

/** A world with worker processes that die with it, and the life of runs in it. */
export class Scene implements AsyncDisposable {
  readonly world: World;
  readonly #startsAt = Date.now();
  readonly #processes: Process[] = [];

  constructor(world: World) {
    this.world = world;
  }

  static async open(options: WorldOptions = {}): Promise<Scene> {
    return new Scene(await openWorld(options));
  }

  /** A worker process that is ready. `failPoint`: `<point>:<kill|stop|throw>[:<nth>]`. */
  worker(failPoint = '', timing: Partial<Timing> = {}): Promise<Process> {
    return this.#start({ timing }, failPoint);
  }

  /** A worker that trusts a GO however old, and whose calls nothing aborts. */
  clockless(failPoint: string): Promise<Process> {
    return this.#start({ timing: NO_CLOCK, deaf: true }, failPoint);
  }

  /** A worker process that begins nothing for so long on a store that is new or was failed over. */
  careful(freshHoldMs: number, failPoint: string): Promise<Process> {
    return this.#start({ freshHoldMs }, failPoint);
  }

  async #start(options: Pick<WorkerOptions, 'timing' | 'deaf' | 'freshHoldMs'>, failPoint: string): Promise<Process> {
    const { redis, sandbox } = this.world;
    const worker: WorkerOptions = { redis: redis.socket, sandbox: sandbox.socket, ...options };
    const process = await startTortured('worker', worker, failPoint);
    this.#processes.push(process);
    await process.waitForLine(/worker ready/);
    return process;
  }

  /** An intake process that is ready; answers it and where it listens. */
  async intake(failPoint = ''): Promise<{ process: Process; url: string }> {
    const process = await startTortured('intake', { redis: this.world.redis.socket, edition: restart }, failPoint);
    this.#processes.push(process);
    const [, url = ''] = await process.waitForLine(/intake ready (\S+)/);
    return { process, url };
  }

  /** Accepts the alert, wakes the workers, and answers the id of its run. */
  async fire(
    options: { readonly edition?: Edition; readonly labels?: Labels; readonly dry?: Run['dry']; readonly startsAt?: number } = {},
  ) {
    const { edition = restart, dry = null, startsAt = this.#startsAt } = options;
    const { hints } = await this.world.fire(edition, options.labels ?? labels, startsAt, dry);
    await this.world.hints.wake(hints);
    const [hint] = hints;
    return hint?.run ?? '';
  }

  async resolve(which: Labels = labels, startsAt = this.#startsAt): Promise<void> {
    await this.world.hints.wake((await this.world.resolve(which, startsAt)).hints);
  }

  async run(id: string): Promise<Run> {
    const found = await this.world.store.run(id);
    if (found === null) throw new Error(`there is no run ${id}`);
    return found.run;
  }

  /** What the store's scripts read of the run. */
  fields(id: string): Promise<Record<string, string>> {
    return this.world.client.hgetall(key('run', id));
  }

  async state(id: string, state: Run['state']): Promise<Run> {
    return eventually(
      `run ${id} to be ${state}`,
      async () => {
        const run = await this.run(id);
        return run.state === state ? run : undefined;
      },
      { withinMs: 20_000 },
    ).catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}\n${await this.story(id)}`, { cause: error });
    });
  }

  /** Until every pod is ready: a run that polls no more would otherwise look once, too early. */
  async fleetReady(): Promise<void> {
    await eventually('the fleet to be ready', async () => (await this.world.sandbox.admin.pods()).every(({ ready }) => ready), {
      withinMs: 10_000,
    });
  }

  /** The run once it has ended; its alert resolves as soon as it only verifies. */
  async ended(id: string, which: Labels = labels): Promise<Run> {
    return eventually(
      `run ${id} to end`,
      async () => {
        const run = await this.run(id);
        if (run.state === 'verifying') await this.resolve(which);
        return isEnded(run.state) ? run : undefined;
      },
      { withinMs: 20_000, everyMs: 50 },
    ).catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}\n${await this.story(id)}`, { cause: error });
    });
  }

  /** What became of the effects of the run, as the audit tells it: `intent 0/restart/1`, `done 0/restart/1`, … */
  async effects(id: string): Promise<string[]> {
    const found = await this.world.store.run(id);
    return (found?.audit ?? []).flatMap(({ kind, data: { effect, state } }) => {
      if (kind === 'intent') return [`intent ${effect as string}`];
      if (kind === 'late-effect') return [`late ${effect as string}`];
      return kind === 'result' ? [`${state as string} ${effect as string}`] : [];
    });
  }

  /** It happened once, the run ended well, and nothing of it is left. */
  async healedOnce(id: string, which: Labels = labels): Promise<void> {
    const run = await this.ended(id, which);
    expect(run.state, await this.story(id)).toBe('succeeded');
    expect(await this.world.sandbox.admin.journal({ run: id })).toHaveLength(1);
    await this.nothingLeft();
  }

  /** Until no worker has a job: the job of one that is killed is found stalled only after half a minute. */
  async noJobs(): Promise<void> {
    await eventually('the queue to be empty', async () => (await this.world.left()).jobs === 0);
  }

  async nothingLeft(): Promise<void> {
    const none = { due: 0, active: 0, locks: 0, waits: 0, jobs: 0 };
    await eventually(
      'nothing to be left of runs',
      async () => {
        expect(await this.world.left()).toEqual(none);
        return true;
      },
      { withinMs: 10_000, everyMs: 100 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    await this.world[Symbol.asyncDispose]();
  }

  /** For a failed test: all that was recorded of the run. */
  async story(id: string): Promise<string> {
    const found = await this.world.store.run(id);
    const lines = (found?.audit ?? []).map(({ at, kind, data }) => `${at} ${kind} ${JSON.stringify(data).slice(0, 300)}`);
    return [`${id} is ${found?.run.state}, due ${found?.dueAt}`, ...lines].join('\n');
  }
}
