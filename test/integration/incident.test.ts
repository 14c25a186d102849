import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../src/adapters/store/index.ts';
import { escalationPart } from '../../src/adapters/store/requests.ts';
import { defaultLimits, readScripts, scriptRunner, TextList, type RunScript, type ScriptTexts } from '../../src/adapters/store/scripts.ts';
import type { EscalationPolicy, Priority } from '../../src/core/edition.ts';
import type { Escalation, Incident } from '../../src/core/incident.ts';
import { changeIncident, nextLook, type IncidentEvent } from '../support/tables/incident.ts';
import { reportOfInstallation } from '../../src/core/report.ts';
import { defaultTiming } from '../../src/core/timing.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { NOON, samplePolicy } from '../support/sample.ts';
import { replaced } from './store/world.ts';

/**
 * The Incident table stands twice: in `changeIncident`, and in the Lua of the store. Both are driven with the same events on one clock, and
 * must agree on the incident, on whom they tell what and when, and on when they look again.
 */
const timing = defaultTiming;
const minute = 60_000;
const SLOTS = ['s1', 's2'] as const;

const clockLine = 'local now = TIME[1] * 1000 + math.floor(TIME[2] / 1000)';
const uses = '--- uses lib episode cover incident-record policy incident\n';
const each = (line: string): string => `for _, slot in ipairs(A.slots) do ${line} end\n`;
const scripts = new Map([
  ...replaced(readScripts(), 'lib', clockLine, "local now = tonumber(redis.call('GET', P .. ':now'))"),
  ['test-escalate', `${uses}redis.call('SADD', K(LIVE, 'firing', A.slot), 'f')\nreturn escalate(withTexts(A.escalation), A.slot)`],
  ['test-clear', `${uses}${each("redis.call('DEL', K(LIVE, 'firing', slot))")}${each('clearSlot(slot)')}return 1`],
  ['test-refire', `${uses}${each("redis.call('SADD', K(LIVE, 'firing', slot), 'f')")}${each('refireSlot(slot)')}return 1`],
]);

let server: RedisServer;
let redis: Redis;
let store: Store;
let script: RunScript;
beforeAll(async () => {
  server = await startRedis(['--appendonly', 'no']);
  redis = new Redis({ path: server.socket });
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

const key = (...parts: string[]): string => ['{test}', ...parts].join(':');

type Told = { readonly receiver: string; readonly event: string; readonly delayMs: number };

/** The real store and its model side by side. */
class Pair {
  now = NOON;
  incident: Incident | null = null;
  firing = false;
  /** Receivers that were sent a message of the present incident. */
  readonly heard = new Map<string, Set<string>>();
  #seen = 0;

  async pass(ms: number): Promise<void> {
    this.now += ms;
    await redis.set(key('now'), this.now);
  }

  async start(): Promise<void> {
    await redis.flushall();
    await this.pass(0);
  }

  async apply(event: IncidentEvent): Promise<void> {
    const before = this.incident;
    const expected = changeIncident(before, event, this.now, timing, '');
    const toldBefore = [...(this.heard.get(before?.id ?? '') ?? [])].toSorted();
    const id = await this.#inStore(event, before);
    const after = id === null ? null : ((await store.incident(id))?.incident ?? null);
    this.incident = after;
    expect(after).toEqual(expected.incident === null ? null : { ...expected.incident, id: expected.incident.id || id });
    const receivers = expected.send.flatMap(({ event, to, delayMs }) =>
      (to === 'told' ? toldBefore : to).map((receiver) => ({ receiver, event, delayMs })),
    );
    expect(await this.#newMessages(id)).toEqual(receivers);
    if (after !== null) {
      const look = await redis.zscore(key('pagedue'), after.id);
      expect(look === null ? null : Number(look)).toBe(nextLook(after, this.now, timing));
    }
    await this.deliver();
  }

  async #inStore(event: IncidentEvent, before: Incident | null): Promise<string | null> {
    switch (event.kind) {
      case 'escalation': {
        const texts = new TextList();
        const request = { slot: slotOf(event.escalation), escalation: escalationPart(event.escalation, texts) };
        this.firing = true;
        return String(await script('test-escalate', request, texts.texts));
      }
      case 'step-due':
        if (before !== null) await store.advanceIncident(before.id);
        break;
      case 'ack':
        if (before !== null) await store.acknowledge(before.id, event.by);
        break;
      case 'resolve':
        if (before !== null) await store.resolve(before.id, 'eve', event.snoozeMs);
        break;
      case 'all-clear':
        this.firing = false;
        await script('test-clear', { slots: SLOTS });
        break;
      case 're-fire':
        this.firing = true;
        await script('test-refire', { slots: SLOTS });
        break;
      case 'take-over':
        throw new Error('the store has no take-over yet');
    }
    return before?.id ?? null;
  }

  /** Messages of all incidents that were made since the last look, with how long they wait. */
  async #newMessages(incident: string | null): Promise<Told[]> {
    const ids = incident === null ? [] : await redis.lrange(key('inc', incident, 'messages'), 0, -1);
    const fresh = ids.filter((id) => Number.parseInt(id.slice(2), 16) > this.#seen);
    for (const id of ids) this.#seen = Math.max(this.#seen, Number.parseInt(id.slice(2), 16));
    return Promise.all(
      fresh.map(async (id) => {
        const [receiver = '', event = ''] = await redis.hmget(key('msg', id), 'receiver', 'event');
        return { receiver: receiver ?? '', event: event ?? '', delayMs: Number(await redis.zscore(key('msgdue'), id)) - this.now };
      }),
    );
  }

  /** Everything that is due arrives. */
  async deliver(): Promise<void> {
    for (let message = await store.claimDelivery('w'); message !== null; message = await store.claimDelivery('w')) {
      const heard = this.heard.get(message.incident) ?? new Set<string>();
      this.heard.set(message.incident, heard.add(message.receiver));
      await store.commitDelivery(message.id, 'w', { kind: 'delivered' });
    }
  }
}

function escalation(target: string, priority: Priority, policy: EscalationPolicy): Escalation {
  const report = reportOfInstallation('test', 'ladder-end', '', NOON);
  return { key: 'k', priority, title: 'down', reason: 'ladder-end', run: `r-${target}${priority}`, target, policy, report };
}

/** Each target has its slot. */
const slotOf = ({ target }: Escalation): string => (target === 'a' ? 's1' : 's2');

const policies: readonly EscalationPolicy[] = [
  samplePolicy(),
  samplePolicy({ repeat: null, fallback: null }),
  samplePolicy({ steps: [], repeat: { everyMs: 5 * minute, times: 2, unless: null } }),
  samplePolicy({
    steps: [
      { afterMs: 0, notify: ['webhook'], unless: null, priorities: ['P1'] },
      { afterMs: 0, notify: ['pagerduty-chain', 'webhook'], unless: null, priorities: ['P0'] },
      { afterMs: 5 * minute, notify: ['webhook', 'email-leads'], unless: null, priorities: null },
    ],
    repeat: { everyMs: 10 * minute, times: 1, unless: null },
  }),
];

type Act = { readonly passMs: number; readonly event: (pair: Pair, policy: EscalationPolicy) => IncidentEvent };
const acts = fc.record({
  passMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 * minute }) },
    { weight: 2, arbitrary: fc.constantFrom(timing.incidentClearMs, timing.incidentClearMs - 1, timing.groupWaitMs, 15 * minute) },
    { weight: 1, arbitrary: fc.constantFrom(30 * minute, 30 * minute - 1, 4 * 60 * minute, 25 * 60 * minute) },
  ),
  event: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('a', 'b'), fc.constantFrom<Priority>('P0', 'P1', 'P2'))
        .map(([target, priority]) => (_pair: Pair, policy: EscalationPolicy) => ({
          kind: 'escalation' as const,
          escalation: escalation(target, priority, policy),
        })),
    },
    { weight: 6, arbitrary: fc.constant(() => ({ kind: 'step-due' as const })) },
    { weight: 2, arbitrary: fc.constantFrom('eve', 'bob').map((by) => () => ({ kind: 'ack' as const, by })) },
    { weight: 2, arbitrary: fc.constant(() => ({ kind: 'all-clear' as const })) },
    { weight: 2, arbitrary: fc.constant(() => ({ kind: 're-fire' as const })) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(minute, 60 * minute, 100 * 60 * minute)
        .map((snoozeMs) => (pair: Pair) => ({ kind: 'resolve' as const, snoozeMs, firing: pair.firing })),
    },
  ),
}) satisfies fc.Arbitrary<Act>;

async function drive(story: readonly Act[], policy: EscalationPolicy): Promise<void> {
  const pair = new Pair();
  await pair.start();
  for (const { passMs, event } of story) {
    await pair.pass(passMs);
    await pair.deliver();
    await pair.apply(event(pair, policy));
  }
}

const property = fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 25 }), fc.constantFrom(...policies), drive);

function useScripts(texts: ScriptTexts): void {
  store = createStore({ redis, installation: 'test', timing, scripts: texts });
  script = scriptRunner(redis, '{test}', timing, defaultLimits, texts);
}

describe('incidents in the store', () => {
  test('change as the table says, whatever happens in whatever order', { timeout: 120_000 }, async () => {
    useScripts(scripts);
    await fc.assert(property, { numRuns: 400 });
  });

  test.each([
    ['policy', 'while incident.repeats <= rounds', 'while incident.repeats < rounds'],
    ['policy', 'names[#names + 1] = name', 'names[1] = name'],
    ['incident', 'local higher = escalation.priority < incident.priority', 'local higher = false'],
    ['incident', 'now - incident.changedAt >= T.incidentReopenMs then', 'now - incident.changedAt >= T.incidentClearMs then'],
    ['advance-incident', 'incident.changedAt + T.incidentAckMs <= now', 'false'],
  ])('is a test that notices a changed %s: %s', { timeout: 120_000 }, async (name, from, to) => {
    useScripts(replaced(scripts, name, from, to));
    const { failed } = await fc.check(property, { numRuns: 2_000, endOnFailure: true, seed: 7 });
    expect(failed).toBe(true);
  });
});
