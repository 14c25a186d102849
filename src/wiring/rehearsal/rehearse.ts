import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { openConnections } from '../../adapters/redis/connections.ts';
import { startEmbedded } from '../../adapters/redis/embedded.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { Log, Telemetry } from '../../core/ports.ts';
import { defaultTiming } from '../../core/timing.ts';
import { storyLine } from '../../core/words.ts';
import { accountOf } from './account.ts';
import { compare, type Failure } from './compare.ts';
import type { RuleTest } from './read.ts';
import { Rehearsal } from './rehearsal.ts';

export interface Outcome {
  readonly name: string;
  /** Empty = all is as expected. */
  readonly failures: readonly Failure[];
  /** What happened, a line for each record of the audit. */
  readonly story: readonly string[];
}

/** Runs tests one after the other, on one throw-away store. Disposed of, nothing of it is left. */
export interface Stage extends AsyncDisposable {
  run(test: RuleTest): Promise<Outcome>;
}

const READY_MS = 10_000;
const STORY_LINES = 10_000;

/** Throws one sentence that names the fix when there is no server for the store. */
export async function openStage(log: Log, telemetry: Telemetry): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'remediad-test-'));
  opening.defer(() => rm(directory, { recursive: true, force: true }));
  const embedded = await startEmbedded({ directory: join(directory, 'store'), durable: false, log, clock: systemClock });
  opening.defer(() => embedded.stop());
  const connections = openConnections({ target: { socket: embedded.socket }, timing: defaultTiming, log, clock: systemClock });
  opening.defer(() => connections.close());
  await connections.ready(READY_MS);
  const opened = opening.move();
  return {
    run: (test) => runTest({ test, redis: connections.scripts, log, telemetry }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function runTest(options: { test: RuleTest; redis: Redis; log: Log; telemetry: Telemetry }): Promise<Outcome> {
  const { name, expect } = options.test.document;
  await options.redis.flushall();
  const failures: Failure[] = [];
  let rehearsal: Rehearsal | null = null;
  try {
    rehearsal = new Rehearsal(options);
    await rehearsal.open();
    for (const checkpoint of expect) {
      await rehearsal.passTo(checkpoint.at);
      failures.push(...compare(checkpoint, await accountOf(rehearsal)));
    }
  } catch (error) {
    failures.push({ at: rehearsal?.passed ?? 0, what: 'error', expected: [], got: [], why: [(error as Error).message] });
  }
  const story = rehearsal === null ? [] : (await rehearsal.store.audit('0-0', STORY_LINES, 0)).map(storyLine);
  await rehearsal?.close();
  return { name, failures, story };
}
