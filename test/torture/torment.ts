import type { Edition } from '../../src/core/edition.ts';
import { eventually } from '../support/eventually.ts';
import type { Process } from '../support/process.ts';
import { actionStep } from '../unit/core/reduce/steps.ts';
import { account, type Account } from './account.ts';
import { editionOf, labelsOf } from './fleet.ts';
import { insist, People, type Alerts } from './people.ts';
import { NO_CLOCK, random, TORTURE, tortureTiming, type Torment } from './plan.ts';
import { key, openWorld, type World } from './world.ts';
import { Workers } from './workers.ts';

export interface Report extends Account {
  readonly accepted: number;
  readonly kills: number;
  readonly stops: ReadonlyMap<string, number>;
  readonly redisKills: number;
  readonly seconds: number;
}

/** What saves from a zombie: its own clock check, and the server's look at the uid. */
export interface Defences {
  readonly clock: boolean;
  readonly uid: boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function torment(plan: Torment, defences: Defences): Promise<Report> {
  const started = performance.now();
  await using world = await openWorld({ workloads: TORTURE.workloads });
  if (!defences.uid) await world.sandbox.admin.breakApi({ kind: 'ignore-uid' });
  const dice = random(TORTURE.seed);
  const alerts = alertsOf(world);
  const crowd = new Crowd(world, alerts, plan, dice);
  await using workers = new Workers({
    torment: plan,
    worker: {
      redis: world.redis.socket,
      sandbox: world.sandbox.socket,
      ...(defences.clock ? {} : { timing: NO_CLOCK, deaf: true }),
    },
    random: dice,
    progress: () => crowd.accepted / plan.runs,
    // Without its defences a zombie must find the world changed, or there is nothing to save anybody from.
    ...(defences.clock && defences.uid ? {} : { whileStopped: (zombie: Process) => outdone(world, zombie) }),
  });
  const people = new People(world, alerts, dice);
  try {
    const late = carryOutLate(world, plan, dice, () => crowd.accepted / plan.runs);
    await crowd.arrive(workers);
    await late;
    await workers.calm();
    await drained(world);
    const { accepted, redisKills } = crowd;
    const { kills, stops } = workers;
    const seconds = Math.round((performance.now() - started) / 1000);
    return { ...(await account(world, accepted, people.approvals)), accepted, kills, stops, redisKills, seconds };
  } finally {
    await people.leave();
  }
}

/** One call after the other, spread over the runs: some before their look-up, some before the next attempt, some behind it. */
async function carryOutLate({ sandbox }: World, plan: Torment, random: () => number, progress: () => number): Promise<void> {
  const { performMs, lookUpDelayMs } = tortureTiming;
  for (let calls = 0; calls < plan.lateCalls; calls += 1) {
    while (calls >= plan.lateCalls * progress()) await pause(20);
    const ms = Math.round(performMs + lookUpDelayMs * (0.5 + 1.5 * random()));
    await sandbox.admin.breakApi({ kind: 'late', verb: 'delete', resource: 'pods', times: 1, ms });
  }
}

function alertsOf(world: World): Alerts {
  const startsAt = Date.now();
  const steps = Array.from({ length: TORTURE.effects }, (_, step) => actionStep(`restart-${step}`, { settleMs: 150 }));
  const editions: Record<'asks' | 'acts', Edition> = { asks: editionOf(steps, 'approve'), acts: editionOf(steps) };
  return {
    fire: (index) => world.fire(editions[index % TORTURE.approvalEvery === 0 ? 'asks' : 'acts'], labelsOf(index), startsAt),
    resolve: (index) => world.resolve(labelsOf(index), startsAt),
  };
}

/** The alerts that come in, and the store that dies meanwhile. */
class Crowd {
  accepted = 0;
  redisKills = 0;
  readonly #world: World;
  readonly #alerts: Alerts;
  readonly #plan: Torment;
  readonly #random: () => number;

  constructor(world: World, alerts: Alerts, plan: Torment, random: () => number) {
    this.#world = world;
    this.#alerts = alerts;
    this.#plan = plan;
    this.#random = random;
  }

  /** As many as planned, then on and on until the workers have suffered all that they should: there is always a run to be lost. */
  async arrive(workers: Workers): Promise<void> {
    const { runs, redisKills } = this.#plan;
    while (this.accepted < runs || (!workers.tormented && this.accepted < TORTURE.workloads)) {
      if (this.redisKills < redisKills && this.accepted >= (runs / (redisKills + 1)) * (this.redisKills + 1)) await this.#killRedis();
      while ((await this.#world.client.zcard(key('due')).catch(() => Infinity)) >= TORTURE.liveRuns) await pause(20);
      await this.#one(this.accepted);
    }
  }

  /** Sent until it is accepted, as Alertmanager does, and every other time once more; half of the wake-ups are lost. */
  async #one(index: number): Promise<void> {
    const { hints } = await insist(() => this.#alerts.fire(index));
    this.accepted += 1;
    if (this.#random() < 0.5) void this.#world.hints.wake(hints);
    if (this.#random() < 0.5) await insist(() => this.#alerts.fire(index));
  }

  async #killRedis(): Promise<void> {
    await this.#world.redis.kill();
    await pause(300);
    await this.#world.redis.restart();
    this.redisKills += 1;
  }
}

/** Waits until somebody else has done what the zombie was about to do. */
async function outdone({ sandbox }: World, zombie: Process): Promise<void> {
  const run = /calls for (\S+)\n$/.exec(zombie.stdout)?.[1];
  if (run === undefined) return;
  const effects = async () => (await sandbox.admin.journal({ run })).length;
  const before = await effects();
  await eventually(`another worker to do the effect of ${run}`, async () => (await effects()) > before, { withinMs: 6_000 }).catch(
    () => undefined,
  );
}

/** Until nothing is left; what is left at the end of the time is in the report. */
async function drained(world: World): Promise<void> {
  const isEmpty = async () => Object.values(await world.left()).every((count) => count === 0);
  await eventually('the runs to end', isEmpty, { withinMs: TORTURE.drainMs, everyMs: 200 }).catch(() => undefined);
}
