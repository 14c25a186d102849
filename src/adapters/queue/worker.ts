import { WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock, Log } from '../../core/ports.ts';
import { quietLog, type QuietLog } from '../../core/quiet.ts';
import type { Timing } from '../../core/timing.ts';
import { Breaker } from './breaker.ts';
import { HeldJobs } from './held-jobs.ts';
import { ADVANCE, type QueueHints } from './hints.ts';
import { parseId, timerId } from './job-id.ts';

export interface WorkerOptions {
  /** Of the worker profile. It stays the caller's: stop the worker first. */
  readonly client: Redis;
  /** The hash tag with its braces, as the hints'. */
  readonly prefix: string;
  readonly hints: Pick<QueueHints, 'dropTimer'>;
  readonly timing: Timing;
  readonly log: Log;
  readonly clock: Clock;
  /** Runs worked on at a time; default 20. */
  readonly concurrency?: number;
  /**
   * Works on a run until it parks or ends. The signal is aborted when this worker may no longer be the only one, and at the end of the
   * grace of `stop`. What it throws is logged, and the run comes again with the sweep.
   */
  onRun(run: string, version: number, signal: AbortSignal): Promise<void>;
}

export interface HintWorker extends AsyncDisposable {
  /** Jobs that are worked on now. */
  readonly running: number;
  /** true while it is paused because the store refused. */
  readonly refused: boolean;
  /** Takes nothing more, waits for running jobs for at most `graceMs`, then aborts their signals and leaves them to another worker. */
  stop(graceMs: number): Promise<void>;
}

export function startWorker(options: WorkerOptions): HintWorker {
  return new BullWorker(options);
}

class BullWorker implements HintWorker {
  readonly #options: WorkerOptions;
  readonly #quiet: QuietLog;
  readonly #worker: Worker;
  readonly #breaker: Breaker;
  readonly #held: HeldJobs;
  readonly #watch: NodeJS.Timeout;
  #stopping: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    const { timing, clock, log } = options;
    this.#options = options;
    this.#quiet = quietLog(log, clock);
    this.#held = new HeldJobs(timing.leaseMs, clock);
    this.#worker = this.#start();
    this.#breaker = new Breaker(this.#worker, timing.breakerMs, clock);
    this.#watch = setInterval(() => this.#held.abortExpired(), stalledIntervalMs(timing));
  }

  get running(): number {
    return this.#held.size;
  }

  get refused(): boolean {
    return this.#breaker.open;
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }

  async #stop(graceMs: number): Promise<void> {
    this.#breaker.close();
    await this.#worker.pause(true);
    const end = this.#options.clock.monotonic() + graceMs;
    while (this.running > 0 && this.#options.clock.monotonic() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.running > 0) this.#options.log.warn({ running: this.running }, 'jobs still run at the end of the grace; left to others');
    this.#held.abortAll('shut down');
    clearInterval(this.#watch);
    // Not `close()` first: it waits for running jobs without a limit, and a second call cannot hurry it.
    await this.#worker.close(true);
  }

  #start(): Worker {
    const { client, prefix, timing, concurrency = 20 } = this.#options;
    const process = async (job: Job, token = ''): Promise<void> => {
      if (this.#stopping !== null) await handBack(job, token);
      await this.#held.hold(job.id ?? '', (signal) => this.#advance(job, signal));
    };
    const worker = new Worker(ADVANCE, process, {
      connection: client,
      prefix,
      concurrency,
      lockDuration: timing.leaseMs,
      stalledInterval: stalledIntervalMs(timing),
      runRetryDelay: 1_000,
      // In seconds. A stopped process still takes the mark that wakes one waiting worker; the others look by themselves this often.
      drainDelay: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', (error) => this.#failed(error));
    worker.on('failed', (job, error) => this.#quiet.error('job', { queue: ADVANCE, job: job?.id, err: error }, 'job failed'));
    worker.on('lockRenewalFailed', (ids) => this.#held.abort(ids, 'lock lost'));
    worker.on('locksRenewed', ({ jobIds }) => this.#held.renewed(jobIds));
    return worker;
  }

  async #advance(job: Job, signal: AbortSignal): Promise<void> {
    const wake = parseId(job.id ?? '');
    if (wake === null) {
      this.#quiet.warn('id', { job: job.id }, 'a job that is none of ours was dropped');
      return;
    }
    // A run that was never claimed was never parked.
    if (wake.version > 0 && job.id !== timerId(wake)) void this.#options.hints.dropTimer(wake);
    await this.#options.onRun(wake.run, wake.version, signal);
  }

  #failed(error: Error): void {
    if (this.#stopping !== null) return;
    const facts = { queue: ADVANCE, error: error.message };
    if (this.#breaker.failed(error)) {
      this.#quiet.error('refused', { ...facts, pausedMs: this.#options.timing.breakerMs }, 'the store refuses; worker paused');
    } else {
      this.#quiet.warn('worker', facts, 'worker failed');
    }
  }
}

/** A fetch that blocked when the worker was paused still brings its job: another worker gets it. */
async function handBack(job: Job, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/** A lock of a dead worker is found within one lease and two of these. */
function stalledIntervalMs(timing: Timing): number {
  return Math.ceil(timing.leaseMs / 6);
}
