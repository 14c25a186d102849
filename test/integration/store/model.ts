import fc from 'fast-check';
import type { Store } from '../../../src/adapters/store/index.ts';
import { isEnded, type EffectOutcome, type EndState, type Run } from '../../../src/core/run.ts';
import type { Claim } from '../../../src/core/store.ts';
import { BUDGET, checkInvariants, PLACE } from './invariants.ts';
import { beginRequest, ended, escalation, firing, inState, noRecord, resolved, slot, type StoreWorld } from './world.ts';
import { sampleHold } from '../../support/sample.ts';

const LOCKS = ['pod-1', 'pod-2', 'workload'] as const;
const SLOTS = ['s0', 's1', 's2'] as const;

const index = fc.nat({ max: 5 });
/** Mostly live: only runs of one key space can stand in each other's way. */
const dry = fc.constantFrom(false, false, false, true);

/** Workers are views of a claim: a view that was overtaken goes on as a zombie would. */
export const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('fire' as const), alert: index, slot: fc.nat({ max: 2 }), dry, later: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('resolve' as const), alert: index, late: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ op: fc.constant('claim' as const), run: index }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('keep' as const), view: index }) },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('park' as const), view: index, ms: fc.constantFrom(0, 60_000), why: fc.nat({ max: 4 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('end' as const),
        view: index,
        state: fc.constantFrom<EndState[]>('succeeded', 'skipped', 'cancelled', 'escalated'),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant('begin' as const),
        view: index,
        effect: fc.nat({ max: 2 }),
        touches: fc.subarray([...LOCKS], { minLength: 1 }),
        cost: fc.integer({ min: 1, max: 2 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('finish' as const),
        view: index,
        effect: fc.nat({ max: 2 }),
        state: fc.constantFrom('done' as const, 'rejected' as const, 'abandoned' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('signal' as const), run: index }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('brake' as const), on: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('crash' as const), view: index }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.constantFrom(1, 4_000, 31_000, 61_000) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('sweep' as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('page' as const), run: index }) },
    // Two or three runs that want the same lock: what single steps seldom come to.
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('crowd' as const),
        runs: fc.shuffledSubarray([0, 1, 2], { minLength: 2 }),
        effect: fc.nat({ max: 2 }),
      }),
    },
    // More runs than may act at once, of which one ends.
    { weight: 1, arbitrary: fc.record({ op: fc.constant('throng' as const), effect: fc.nat({ max: 2 }) }) },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

export type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

interface View {
  readonly claimed: Claim;
  run: Run;
  events: number;
}

/** Carries out random steps and checks after each what must always hold. */
export class Model {
  readonly #world: StoreWorld;
  readonly #store: Store;
  readonly #views: View[] = [];
  readonly #starts = new Map<number, number>();
  readonly #known = { now: 1_700_000_000_000, begun: new Set<string>(), late: new Set<string>() };

  constructor(world: StoreWorld, store: Store) {
    this.#world = world;
    this.#store = store;
  }

  async run(all: readonly Step[]): Promise<void> {
    for (const step of all) {
      this.#known.now += 1;
      await this.#world.freeze(this.#known.now);
      await this.#step(step);
      await checkInvariants(this.#world, this.#known);
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.op) {
      case 'fire':
        return this.#fire(step);
      case 'resolve': {
        const start = this.#starts.get(step.alert) ?? 0;
        await this.#store.accept([resolved(`f${step.alert}`, start, step.late ? start - 1 : start + 1)], []);
        return;
      }
      case 'claim':
        return this.#withRun(step.run, (run) => this.#claim(run));
      case 'keep':
        return this.#withView(step.view, (view) => this.#keep(view));
      case 'park':
        return this.#withView(step.view, (view) => this.#park(view, step.ms, step.why));
      case 'end':
        return this.#withView(step.view, (view) => this.#end(view, step.state));
      case 'begin':
        return this.#withView(step.view, (view) => this.#begin(view, step));
      case 'finish':
        return this.#withView(step.view, (view) => this.#finish(view, step.effect, step.state));
      case 'signal':
        return this.#withRun(step.run, async (run) => {
          await this.#store.signal(run, { kind: 'cancel', by: 'ann', why: 'x', at: this.#known.now });
        });
      case 'brake':
        if (step.on) await this.#store.setBrake({ scope: 'all', by: 'ann', why: 'x', until: this.#known.now + 5_000 });
        else await this.#store.liftBrake('all', 'ann');
        return;
      case 'crash':
        this.#views.splice(step.view, 1);
        return;
      case 'pass':
        this.#known.now += step.ms;
        return;
      case 'sweep':
        await this.#store.sweep(2);
        return;
      case 'crowd':
        return this.#crowd(step.runs, step.effect);
      case 'throng':
        return this.#throng(step.effect);
      case 'page':
        return this.#withRun(step.run, async (run) => {
          await this.#store.openFor(run, escalation({ key: 'paged' }), []);
        });
    }
  }

  /** A repeat or a new start; afterwards the episode is covered in this slot, or a run lives. */
  async #fire({ alert, slot: at, dry: isDry, later }: Extract<Step, { op: 'fire' }>): Promise<void> {
    const start = (this.#starts.get(alert) ?? 1_000) + (later ? 10 : 0);
    this.#starts.set(alert, start);
    const fingerprint = `f${alert}`;
    await this.#store.accept([firing(fingerprint, start, slot(SLOTS[at]!, { dry: isDry, pageAfterMs: 1_000 }))], []);
    const { found } = await this.#store.uncovered('0');
    const left = found.filter((one) => one.fingerprint === fingerprint);
    if (left.length > 0) throw new Error(`${fingerprint} fires in ${left[0]!.slot} and nothing covers it`);
  }

  async #claim(run: string): Promise<void> {
    const held = await this.#held(run);
    const answer = await this.#store.claim(run, null, `w${this.#known.now}`);
    if (held !== null && answer.kind !== 'busy') throw new Error(`${run} is held until ${held.until} and was ${answer.kind} to another`);
    if (answer.kind !== 'ok') return;
    if (isEnded(answer.run.state)) throw new Error(`${answer.run.id} was claimed after its end`);
    this.#views.push({ claimed: answer, run: answer.run, events: answer.events });
    if (this.#views.length > 6) this.#views.shift();
  }

  async #withRun(at: number, use: (run: string) => Promise<void>): Promise<void> {
    const { redis, key } = this.#world;
    const live = await redis.zrange(key('due'), '0', '-1');
    const run = live[at % Math.max(1, live.length)];
    if (run !== undefined) await use(run);
  }

  /** The claim that holds the run now; null = none. */
  async #held(run: string): Promise<{ readonly epoch: number; readonly until: number } | null> {
    const { redis, key } = this.#world;
    const [worker, until, epoch] = await redis.hmget(key('run', run), 'worker', 'until', 'epoch');
    return (worker ?? '') !== '' && Number(until) > this.#known.now ? { epoch: Number(epoch), until: Number(until) } : null;
  }

  /** A worker that was overtaken, parked or ended its run is told so, and nothing else. */
  async #mayWrite(view: View): Promise<(kind: string) => void> {
    const { redis, key } = this.#world;
    const run = view.run.id;
    const [worker, epoch] = await redis.hmget(key('run', run), 'worker', 'epoch');
    const mine = (worker ?? '') !== '' && Number(epoch) === view.claimed.epoch;
    return (kind) => {
      if (!mine && kind !== 'lost') throw new Error(`${run} answered ${kind} to a worker that had lost it`);
    };
  }

  async #crowd(runs: readonly number[], effect: number): Promise<void> {
    const { redis, key } = this.#world;
    const live = await redis.zrange(key('due'), '0', '-1');
    for (const at of runs) {
      const before = this.#views.at(-1);
      if (live[at] !== undefined) await this.#claim(live[at]);
      const view = this.#views.at(-1);
      if (view === undefined || view === before) continue;
      await this.#begin(view, { op: 'begin', view: 0, effect, touches: ['pod-1'], cost: 1 });
      if ((await redis.get(key('lock', 'pod-1'))) !== view.run.id) await this.#park(view, 60_000, 1);
    }
  }

  /** Each slot has a run, each run wants its own lock, and there are fewer places than runs. */
  async #throng(effect: number): Promise<void> {
    const { redis, key } = this.#world;
    for (const [alert] of SLOTS.entries()) await this.#fire({ op: 'fire', alert, slot: alert, dry: false, later: false });
    const views: View[] = [];
    for (const [at, name] of SLOTS.entries()) {
      const before = this.#views.at(-1);
      await this.#claim((await redis.hget(key('active'), name)) ?? '');
      const view = this.#views.at(-1);
      if (view === undefined || view === before) continue;
      await this.#begin(view, { op: 'begin', view: 0, effect, touches: [LOCKS[at] ?? 'pod-1'], cost: 1 });
      if ((await redis.exists(key('run', view.run.id, 'places'))) === 0) await this.#park(view, 60_000, 4);
      else views.push(view);
    }
    if (views[0] !== undefined) await this.#end(views[0], 'succeeded');
  }

  async #withView(at: number, use: (view: View) => Promise<void>): Promise<void> {
    const view = this.#views[at % Math.max(1, this.#views.length)];
    if (view !== undefined) await use(view);
  }

  async #keep(view: View): Promise<void> {
    const check = await this.#mayWrite(view);
    const answer = await this.#store.keep(inState(view.run, 'running'), view.claimed.epoch, view.events, []);
    check(answer.kind);
    if (answer.kind !== 'lost') view.events = answer.events;
  }

  async #park(view: View, ms: number, why: number): Promise<void> {
    const now = this.#known.now;
    const reason = why === 0 ? 'paused' : why === 4 ? 'too-many-in-flight' : 'target-busy';
    const hold = sampleHold(reason, { since: now });
    const parked = why === 3 ? inState(view.run, 'sleeping', { hold: null }) : inState(view.run, 'holding', { hold });
    const check = await this.#mayWrite(view);
    const locks = await this.#locksOf(view.run.id);
    const answer = await this.#store.park(
      parked,
      view.claimed.epoch,
      view.events,
      ms,
      [],
      why === 2 ? ['pod-1', 'workload'] : [],
      why === 4 ? [PLACE] : [],
    );
    check(answer.kind);
    const queues = await this.#world.redis.scard(this.#world.key('run', view.run.id, 'waits'));
    if ((why === 0 || why === 3) && answer.kind !== 'lost' && queues > 0)
      throw new Error(`${view.run.id} waits for something else and stands in a queue`);
    if (answer.kind === 'ok' && answer.events !== view.events) throw new Error('a park that went through had read everything');
    if (answer.kind !== 'lost') await this.#mustKeep(view.run.id, locks);
  }

  /** A run that waits keeps its locks if it acted or may have acted, and holds none otherwise. */
  async #mustKeep(run: string, locks: readonly string[]): Promise<void> {
    const { redis, key } = this.#world;
    const states = (await redis.hvals(key('run', run, 'fx'))).map((text) => (JSON.parse(text) as { s: string }).s);
    const kept = states.some((state) => state === 'intent' || state === 'done') ? locks : [];
    const now = await this.#locksOf(run);
    if (now.join() !== kept.join()) throw new Error(`${run} parked with effects ${states.join()} and holds ${now.join() || 'nothing'}`);
  }

  async #locksOf(run: string): Promise<readonly string[]> {
    const { redis, key } = this.#world;
    return (await redis.smembers(key('run', run, 'locks'))).toSorted();
  }

  async #end(view: View, state: EndState): Promise<void> {
    const dryRun = view.run.dry !== null;
    const last = ended(view.run, dryRun ? 'observed' : state);
    const memory = { rung: 1, acted: true, outcome: last.state, ineffective: true, keepMs: 60_000 };
    const told = last.state === 'escalated' ? escalation({ key: view.run.slot }) : null;
    const record = {
      ...noRecord,
      subject: 'pod-1',
      memory,
      cooldownMs: last.state === 'skipped' ? 2_000 : 0,
      escalation: told,
      clears: last.state === 'succeeded',
    };
    const check = await this.#mayWrite(view);
    const answer = await this.#store.end(last, view.claimed.epoch, view.events, record, []);
    check(answer.kind);
    if (answer.kind === 'again') view.events = answer.events;
  }

  async #begin(view: View, { effect, touches, cost }: Extract<Step, { op: 'begin' }>): Promise<void> {
    const name = `0/step/${effect}`;
    const request = beginRequest(view.claimed, {
      events: view.events,
      effect: name,
      touches,
      cost,
      budgets: [BUDGET],
      places: [PLACE],
      factsAt: this.#known.now,
      subject: 'pod-1',
    });
    const check = await this.#mayWrite(view);
    const answer = await this.#store.begin(request);
    check(answer.kind);
    if (answer.kind !== 'go') return;
    const begun = `${view.run.id} ${name}`;
    if (this.#known.begun.has(begun)) throw new Error(`${begun} went to intent twice`);
    this.#known.begun.add(begun);
    await this.#mustHold(view, touches, `${begun.replace(' ', '/')}#`, cost);
  }

  /** GO means that nobody stood in the way: no brake, nothing unread, and every lock is ours. */
  async #mustHold(view: View, touches: readonly string[], charge: string, cost: number): Promise<void> {
    const { redis, key } = this.#world;
    const id = view.run.id;
    const brake = await redis.hget(key('brake'), 'all');
    if (brake !== null && (JSON.parse(brake) as { until: number }).until > this.#known.now) throw new Error(`${id} began under a brake`);
    const events = await redis.llen(key('run', id, 'inbox'));
    if (events !== view.events) throw new Error(`${id} began with ${events - view.events} events unread`);
    const twin = view.run.dry === null ? [] : ['dry'];
    const charges = await redis.zrange(key(...twin, 'bud', BUDGET.key), '0', '-1');
    const charged = charges.filter((one) => one.startsWith(charge)).length;
    if (charged !== cost) throw new Error(`${id} began and ${charged} of ${cost} are charged`);
    if ((await redis.scard(key('run', id, 'waits'))) > 0) throw new Error(`${id} began and stands in a queue`);
    for (const lock of touches) {
      const holder = await redis.get(key(...twin, 'lock', lock));
      if (holder !== id) throw new Error(`${id} began and ${lock} is held by ${String(holder)}`);
    }
  }

  async #finish(view: View, effect: number, state: 'done' | 'rejected' | 'abandoned'): Promise<void> {
    const name = `0/step/${effect}`;
    const { redis, key } = this.#world;
    const before = await redis.hget(key('run', view.run.id, 'fx'), name);
    const outcome: EffectOutcome = state === 'done' ? { kind: 'done', output: {} } : { kind: 'unknown', message: '' };
    const answer = await this.#store.finish(view.run.id, view.claimed.epoch, name, state, outcome);
    if (answer !== 'ok') return;
    const known = (JSON.parse(before ?? '{}') as { s?: string }).s;
    if (known === 'abandoned') this.#known.late.add(`${view.run.id}/${name}`);
    else if (known !== 'intent') throw new Error(`${name} was ${known ?? 'never begun'} and took another result`);
  }
}
