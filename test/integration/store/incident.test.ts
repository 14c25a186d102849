import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { changeIncident, nextLook, type IncidentChange, type IncidentEvent } from '../../support/tables/incident.ts';
import type { EscalationPolicy } from '../../../src/core/edition.ts';
import type { Incident } from '../../../src/core/incident.ts';
import { claim, ended, escalation, firing, newRun, noRecord, resolved, slot, startRun, startStore, type StoreWorld } from './world.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const MINUTE = 60_000;
const long: EscalationPolicy = {
  name: 'long',
  steps: [
    { afterMs: 0, notify: ['pager', 'chat'], unless: null, priorities: null },
    { afterMs: MINUTE, notify: ['sms'], unless: 'acknowledged', priorities: null },
    { afterMs: 2 * MINUTE, notify: ['boss', 'pager'], unless: null, priorities: ['P0'] },
  ],
  repeat: { everyMs: 5 * MINUTE, times: 2, unless: 'acknowledged' },
  fallback: 'mail',
};

async function deliverAll(): Promise<string[]> {
  const receivers: string[] = [];
  for (let message = await store.claimDelivery('d'); message !== null; message = await store.claimDelivery('d')) {
    receivers.push(`${message.event} ${message.receiver}`);
    await store.commitDelivery(message.id, 'd', { kind: 'delivered' });
  }
  return receivers.toSorted();
}

/** Opens the incident of a new live run in the slot. */
async function open(name = 's1', fields: Parameters<typeof escalation>[0] = {}): Promise<string> {
  const run = await startRun(store, name);
  return (await store.openFor(run, escalation({ target: `Pod:c/ns/${name}`, policy: long, ...fields }), []))!;
}

describe('an incident', () => {
  test('opened for a live run tells its first receivers at once, and the run goes on', async () => {
    const id = await open();
    expect(await deliverAll()).toEqual(['trigger chat', 'trigger pager']);
    expect(await store.incident(id)).toMatchObject({ incident: { id, state: 'open', runs: ['r-1'], step: 1 }, messages: [{}, {}] });
    expect((await store.run('r-1'))?.dueAt).not.toBeNull();
    expect((await store.run('r-1'))?.audit.map(({ kind }) => kind)).toEqual(['accepted', 'incident']);
  });

  test('is not opened for a run that ended meanwhile, nor for a dry one', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, []);
    expect(await store.openFor('r-1', escalation(), [])).toBeNull();
    expect(await store.openFor(await startRun(store, 's2', { dry: true }), escalation(), [])).toBeNull();
    expect(await store.incidents({ limit: 9 })).toEqual([]);
  });

  test('tells a second target after a short wait, and the same target never', async () => {
    await open('s1');
    await deliverAll();
    expect(await open('s2', { target: 'Pod:c/ns/s1' })).toBe('i-1');
    await world.pass(20_000);
    expect(await deliverAll()).toEqual([]);
    await open('s3');
    expect(await deliverAll()).toEqual([]);
    await world.pass(10_001);
    expect(await deliverAll()).toEqual(['trigger chat', 'trigger pager']);
  });

  test('resolves when all of it was clear for five minutes, and says so to whoever heard of it', async () => {
    const id = await open();
    await deliverAll();
    await store.accept([resolved('f-s1', 1_000, 2_000)], []);
    expect((await store.incident(id))?.incident.clearSince).toBeNull();
    const claimed = await claim(store, 'r-1');
    await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 1, { ...noRecord, clears: true }, []);
    expect((await store.incident(id))?.incident.clearSince).not.toBeNull();
    await world.pass(5 * MINUTE + 1);
    expect(await store.pageDue(10)).toEqual([{ kind: 'incident', id }]);
    await store.advanceIncident(id);
    expect((await store.incident(id))?.incident.state).toBe('resolved');
    expect(await deliverAll()).toEqual(['resolve chat', 'resolve pager']);
    expect(await store.counts()).toMatchObject({ incidentsOpen: 0, pageOverdue: 0 });
  });

  test('of a delay clears with the one that the same run ended in', async () => {
    const overdue = await open('s1', { key: 'paused|c' });
    const claimed = await claim(store, 'r-1');
    await store.end(ended(claimed.run, 'escalated'), claimed.epoch, 0, { ...noRecord, escalation: escalation({ key: 'handed-over' }) }, []);
    await store.accept([resolved('f-s1', 1_000, 2_000)], []);
    await world.pass(5 * MINUTE + 1);

    for (const { id } of await store.pageDue(10)) await store.advanceIncident(id);

    expect(await store.incidents({ limit: 9 })).toMatchObject([{ state: 'resolved' }, { id: overdue, state: 'resolved' }]);
  });

  test('that is long over leaves its key to the one that took it', async () => {
    await open('s1');
    await open('s2');
    const quiet = async (run: string, alert: ReturnType<typeof resolved>) => {
      const claimed = await claim(store, run);
      await store.end(ended(claimed.run, 'skipped'), claimed.epoch, claimed.events, { ...noRecord, clears: true }, []);
      await store.accept([alert], []);
    };
    await quiet('r-1', resolved('f-s1', 1_000, 2_000));
    await quiet('r-2', resolved('f-s2', 1_000, 2_000));
    await world.pass(5 * MINUTE + 1);
    await store.advanceIncident('i-1');
    await world.pass(31 * MINUTE);
    await store.accept([firing('f-s1', 3_000, 's1')], []);
    expect(await store.openFor('r-3', escalation({ target: 'Pod:c/ns/s1', policy: long }), [])).toBe('i-2');

    await quiet('r-3', resolved('f-s1', 3_000, 4_000));
    await store.accept([firing('f-s2', 3_000, 's2')], []);
    await quiet('r-4', resolved('f-s2', 3_000, 4_000));

    await store.accept([firing('f-s1', 5_000, 's1')], []);
    expect(await store.openFor('r-5', escalation({ target: 'Pod:c/ns/s1', policy: long }), [])).toBe('i-2');
  });

  test('begins to clear when a human cancels the last run after the alert had ended', async () => {
    const id = await open();
    await store.accept([resolved('f-s1', 1_000, 2_000)], []);
    const claimed = await claim(store, 'r-1');
    await store.end(ended(claimed.run, 'cancelled'), claimed.epoch, 1, noRecord, []);
    expect((await store.incident(id))?.incident.clearSince).not.toBeNull();
  });

  test('whose message nobody was told takes it back instead of resolving it', async () => {
    const id = await open();
    await store.resolve(id, 'ann', 0);
    expect(await deliverAll()).toEqual([]);
  });

  test('is acknowledged by the first, and names the last', async () => {
    const id = await open();
    await deliverAll();
    expect(await store.acknowledge(id, 'ann')).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ann' });
    expect(await store.acknowledge(id, 'bob')).toMatchObject({ acknowledgedBy: 'bob' });
    expect(await deliverAll()).toEqual(['acknowledge chat', 'acknowledge pager']);
    expect(await store.acknowledge('i-9', 'ann')).toBeNull();
    expect(await store.resolve('i-9', 'ann', 1)).toBeNull();
  });

  test('runs out unheard: its fallback is told, and it is counted', async () => {
    const id = await open();
    await deliverAll();
    await world.pass(18 * MINUTE);
    await store.advanceIncident(id);
    expect(await deliverAll()).toContain('trigger mail');
    const audit = await store.audit('0', 1_000, 0);
    expect(audit.filter(({ data }) => data['change'] === 'exhausted')).toHaveLength(1);
  });

  test('that ran out unheard tells of what comes four hours after it opened, and then not again at once', async () => {
    const target = 'Pod:c/ns/s1';
    const id = await open('s1', { target });
    await world.pass(18 * MINUTE);
    await store.advanceIncident(id);
    await deliverAll();
    expect(await open('s2', { target })).toBe(id);
    expect(await deliverAll()).toEqual([]);

    await world.pass(4 * 60 * MINUTE);
    expect(await open('s3', { target })).toBe(id);
    expect(await deliverAll()).toEqual(['trigger chat', 'trigger pager']);
    expect(await open('s4', { target })).toBe(id);
    expect(await deliverAll()).toEqual([]);
  });

  test('a page that is postponed comes later', async () => {
    await startRun(store, 's1', { pageAfterMs: 0 });
    await store.postponePage('r-1', MINUTE);
    expect(await store.pageDue(10)).toEqual([]);
    await world.pass(MINUTE + 1);
    expect(await store.pageDue(10)).toEqual([{ kind: 'run', id: 'r-1' }]);
  });
});

describe('an acknowledgement of four hours ago', () => {
  const acknowledgement = 4 * 60 * MINUTE + 1;
  /** A run that no alert started, and that came to nothing. */
  async function failed(): Promise<void> {
    const started = await store.start({
      ...slot('s1'),
      doc: () => ({ ...newRun('s1'), trigger: { kind: 'schedule', id: 'tick', startBy: 0 } }),
    });
    if (started.kind !== 'started') return expect.unreachable('it runs already');
    const claimed = await claim(store, started.hint.run);
    await store.end(ended(claimed.run, 'escalated'), claimed.epoch, 0, { ...noRecord, escalation: escalation({ policy: long }) }, []);
  }
  const stateOf = async (id: string) => (await store.incident(id))?.incident.state;
  const lapse = async (id: string) => {
    await world.pass(acknowledgement);
    expect(await store.pageDue(10)).toContainEqual({ kind: 'incident', id });
    await store.advanceIncident(id);
  };

  test('of what no alert tells of is taken for its end: nobody is woken for ever, and the next failure wakes somebody', async () => {
    await failed();
    await deliverAll();
    await store.acknowledge('i-1', 'ann');
    await deliverAll();
    await lapse('i-1');
    expect(await stateOf('i-1')).toBe('resolved');
    expect(await deliverAll()).toEqual(['resolve chat', 'resolve pager']);
    expect(await store.counts()).toMatchObject({ incidentsOpen: 0 });
    await world.pass(31 * MINUTE);
    await failed();
    expect(await store.incident('i-2')).toMatchObject({ incident: { state: 'open', runs: ['r-2'] }, messages: [{}, {}] });
  });

  test('is over where the same failed again since', async () => {
    await failed();
    await store.acknowledge('i-1', 'ann');
    await deliverAll();
    await world.pass(60 * MINUTE);
    await failed();
    expect(await deliverAll()).toEqual([]);
    await lapse('i-1');
    expect(await stateOf('i-1')).toBe('open');
    expect(await deliverAll()).toEqual(['trigger chat', 'trigger pager']);
  });

  test('is over where an alert fires on or a run is at work', async () => {
    await failed();
    await store.acknowledge('i-1', 'ann');
    await store.accept([firing('f-s1', 1_000, slot('s1'))], []);
    await lapse('i-1');
    expect(await stateOf('i-1')).toBe('open');
    await store.acknowledge('i-1', 'ann');
    await store.accept([resolved('f-s1', 1_000, 2_000)], []);
    await lapse('i-1');
    expect(await stateOf('i-1')).toBe('open');
  });

  test('is over where only whoever has the trouble can tell that it ended', async () => {
    const own = (await store.openOwn('|config', escalation({ key: 'config|test', target: 'test', policy: long }), []))!;
    await store.acknowledge(own, 'ann');
    await lapse(own);
    expect(await stateOf(own)).toBe('open');
    const storm = (await store.openForCluster(await startRun(store, 's2'), escalation({ key: 'storm|c', policy: long })))!;
    await store.acknowledge(storm, 'ann');
    await lapse(storm);
    expect(await stateOf(storm)).toBe('open');
  });
});

describe('a message', () => {
  test('is leased: nobody else gets it until its worker is late', async () => {
    await open('s1', { policy: { ...long, steps: [long.steps[1]!].map((step) => ({ ...step, afterMs: 0 })) } });
    const first = await store.claimDelivery('a');
    expect(first).toMatchObject({ receiver: 'sms', attempts: 1, dedupKey: 'test/i-1' });
    expect(await store.claimDelivery('b')).toBeNull();
    await world.pass(15_000);
    expect(await store.claimDelivery('b')).toMatchObject({ id: first!.id, attempts: 2 });
    await store.commitDelivery(first!.id, 'a', { kind: 'delivered' });
    expect((await world.redis.hgetall(world.key('msg', first!.id)))['state']).toBe('queued');
  });

  test('that failed comes again when it said; when that is hopeless, the fallback of the policy is told too', async () => {
    await open('s1', { policy: { ...long, steps: [{ ...long.steps[1]!, afterMs: 0 }] } });
    const first = await store.claimDelivery('a');
    await store.commitDelivery(first!.id, 'a', { kind: 'failed', message: '503', retryMs: 1_000, hopeless: false, emergency: null });
    expect(await store.claimDelivery('a')).toBeNull();
    await world.pass(1_001);
    expect(await store.claimDelivery('a')).toMatchObject({ id: first!.id, attempts: 2 });
    await store.commitDelivery(first!.id, 'a', { kind: 'failed', message: '503', retryMs: 1_000, hopeless: true, emergency: null });
    expect(await deliverAll()).toEqual(['trigger mail']);
  });

  test('of a receiver waits for the one before it', async () => {
    const id = await open('s1', { policy: { ...long, steps: [{ ...long.steps[1]!, afterMs: 0 }] } });
    const first = await store.claimDelivery('a');
    await store.resolve(id, 'ann', 0);
    expect(await store.claimDelivery('b')).toBeNull();
    await store.commitDelivery(first!.id, 'a', { kind: 'failed', message: '503', retryMs: 1_000, hopeless: false, emergency: null });
    await world.pass(1_001);
    // The trigger is not told again once the incident is over; the resolve is, for the receiver may have heard of it.
    expect(await deliverAll()).toEqual(['resolve sms']);
  });
});

describe('the incident scripts', () => {
  const index = fc.integer({ min: 0, max: 2 });
  const step = fc.oneof(
    fc.record({ op: fc.constant('escalate' as const), at: index, priority: fc.constantFrom('P0' as const, 'P1' as const, 'P2' as const) }),
    fc.record({ op: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 30_000, MINUTE, 4 * MINUTE, 40 * MINUTE, 250 * MINUTE) }),
    fc.record({ op: fc.constant('advance' as const) }),
    fc.record({ op: fc.constant('deliver' as const) }),
    fc.record({ op: fc.constant('ack' as const), by: fc.constantFrom('ann', 'bob') }),
    fc.record({ op: fc.constant('resolve' as const), snoozeMs: fc.constantFrom(0, 10 * MINUTE, 90 * MINUTE) }),
    fc.record({ op: fc.constant('alert-ends' as const), at: index }),
    fc.record({ op: fc.constant('run-ends' as const), at: index }),
    fc.record({ op: fc.constant('fire' as const), at: index }),
  );

  test('do what the pure table says, step by step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
        store = await world.reset();
        const both = new Both();
        await both.start();
        for (const one of steps) await both.step(one);
      }),
      { numRuns: 400 },
    );
  });

  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Drives the store and the pure function with the same events and compares after each. */
  class Both {
    #now = 1_700_000_000_000;
    #pure: Incident | null = null;
    readonly #attached = new Set<string>();
    readonly #told = new Set<string>();
    #messages = 0;
    #starts = 1_000;

    async start(): Promise<void> {
      await world.freeze(this.#now);
      for (const at of [0, 1, 2]) await this.#fire(at);
    }

    async step(one: Step): Promise<void> {
      switch (one.op) {
        case 'escalate':
          return this.#escalate(one.at, one.priority);
        case 'pass':
          this.#now += one.ms;
          return world.freeze(this.#now);
        case 'advance':
          if (this.#pure === null) return;
          await store.advanceIncident(this.#pure.id);
          return this.#compare({ kind: 'step-due' });
        case 'deliver':
          return this.#deliver();
        case 'ack':
          if (this.#pure === null) return;
          await store.acknowledge(this.#pure.id, one.by);
          return this.#compare({ kind: 'ack', by: one.by });
        case 'resolve': {
          if (this.#pure === null) return;
          const firing = !(await this.#clear());
          await store.resolve(this.#pure.id, 'ann', one.snoozeMs);
          return this.#compare({ kind: 'resolve', snoozeMs: one.snoozeMs, firing });
        }
        case 'alert-ends':
          await store.accept([resolved(`f${one.at}`, 0, this.#starts)], []);
          return this.#maybeClear(one.at, (await this.#run(one.at)) === null);
        case 'run-ends':
          return this.#endRun(one.at);
        case 'fire':
          return this.#fire(one.at);
      }
    }

    async #escalate(at: number, priority: 'P0' | 'P1' | 'P2'): Promise<void> {
      const run = await this.#run(at);
      if (run === null) return;
      const told = escalation({ run, priority, target: `t${at}`, policy: long });
      this.#attached.add(`s${at}`);
      await store.openFor(run, told, []);
      await this.#compare({ kind: 'escalation', escalation: told });
    }

    async #endRun(at: number): Promise<void> {
      const run = await this.#run(at);
      if (run === null) return;
      const claimed = await claim(store, run);
      await store.end(ended(claimed.run, 'skipped'), claimed.epoch, claimed.events, { ...noRecord, clears: true }, []);
      await this.#maybeClear(at, true);
    }

    async #fire(at: number): Promise<void> {
      this.#starts += 1;
      const fired = (await world.redis.exists(world.key('firing', `s${at}`))) === 1;
      await store.accept([firing(`f${at}`, this.#starts, slot(`s${at}`))], []);
      if (!fired && this.#attached.has(`s${at}`)) await this.#compare({ kind: 're-fire' });
    }

    async #deliver(): Promise<void> {
      for (let message = await store.claimDelivery('d'); message !== null; message = await store.claimDelivery('d')) {
        // What is still sent of an earlier incident tells nobody of this one.
        if (message.incident === this.#pure?.id) this.#told.add(message.receiver);
        await store.commitDelivery(message.id, 'd', { kind: 'delivered' });
      }
    }

    async #maybeClear(at: number, tried: boolean): Promise<void> {
      if (tried && this.#attached.has(`s${at}`) && (await this.#clear())) await this.#compare({ kind: 'all-clear' });
    }

    async #run(at: number): Promise<string | null> {
      return world.redis.hget(world.key('active'), `s${at}`);
    }

    async #clear(): Promise<boolean> {
      const slots = await Promise.all(
        [...this.#attached].map(async (name) => {
          const fires = await world.redis.exists(world.key('firing', name));
          return fires === 0 && (await world.redis.hget(world.key('active'), name)) === null;
        }),
      );
      return slots.every(Boolean);
    }

    async #compare(event: IncidentEvent): Promise<void> {
      const before = this.#pure;
      const newId = before === null ? 'i-1' : `i-${(Number.parseInt(before.id.slice(2), 16) + 1).toString(16)}`;
      const change = changeIncident(before, event, this.#now, world.timing, newId);
      this.#pure = change.incident;
      if (change.incident === null) return;
      if (change.incident.id !== before?.id) {
        const last = event.kind === 'escalation' ? [`s${event.escalation.target.slice(1)}`] : [];
        this.#attached.clear();
        for (const name of last) this.#attached.add(name);
        this.#told.clear();
        this.#messages = 0;
      }
      const stored = await store.incident(change.incident.id);
      const { acknowledgedBy, runs, ...rest } = change.incident;
      expect(stored?.incident).toMatchObject(rest);
      if (change.incident.state === 'acknowledged') expect(stored?.incident.acknowledgedBy).toBe(acknowledgedBy);
      expect(stored?.incident.runs).toEqual(runs);
      await this.#compareMessages(change);
      const look = nextLook(change.incident, this.#now, world.timing);
      const due = await world.redis.zscore(world.key('pagedue'), change.incident.id);
      expect(due === null ? null : Number(due)).toBe(look);
    }

    async #compareMessages(change: IncidentChange): Promise<void> {
      const ids = await world.redis.lrange(world.key('inc', change.incident!.id, 'messages'), this.#messages, -1);
      this.#messages += ids.length;
      const queued = await Promise.all(ids.map((id) => world.redis.hgetall(world.key('msg', id))));
      const sent = queued.map(({ event, receiver }) => `${event} ${receiver}`);
      const due = change.send.flatMap(({ event, to }) => (to === 'told' ? [...this.#told] : to).map((receiver) => `${event} ${receiver}`));
      expect(sent.toSorted()).toEqual(due.toSorted());
    }
  }
});
