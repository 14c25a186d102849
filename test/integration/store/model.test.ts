import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/adapters/store/index.ts';
import { Model, steps } from './model.ts';
import { startStore, type StoreWorld } from './world.ts';

/**
 * Random runs of the scripts: two and more workers, of which some are overtaken and go on as zombies, dry and live mixed, leases that end,
 * crashes between any two scripts. After each script everything that must always hold is read back from Redis (invariants.ts).
 */
const world: StoreWorld = await startStore();
afterAll(() => world[Symbol.asyncDispose]());

const property = (store: () => Promise<Store>) =>
  fc.asyncProperty(steps, async (all) => {
    await world.reset();
    await new Model(world, await store()).run(all);
  });

test('what must always hold holds after every script', async () => {
  await fc.assert(
    property(() => Promise.resolve(world.store)),
    { numRuns: 200 },
  );
});

/** Each replaces one text of one script: a check left out, a step forgotten. */
const mutants: readonly [what: string, script: string, from: string, to: string][] = [
  ['ends a run in spite of unread events', 'commit', 'if events ~= A.events then\n    return again(tonumber(f[5]))', 'if false then'],
  ['parks a run in spite of unread events', 'commit', 'local changed = events ~= A.events', 'local changed = false'],
  ['lets an overtaken worker write', 'commit', 'tonumber(f[2]) ~= A.epoch or', ''],
  ['lets an overtaken worker begin', 'begin', 'tonumber(f[1]) ~= A.epoch or', ''],
  ['begins in spite of unread events', 'begin', "redis.call('LLEN', K(LIVE, 'run', id, 'inbox')) ~= A.events", 'false'],
  ['begins under a brake', 'begin', 'if brake and stands(brake) then', 'if false then'],
  ['begins an effect twice', 'begin', 'if seen then', 'if false then'],
  ['takes a lock that another run holds', 'begin', 'if other then', 'if false then'],
  ['lets a dry run take live locks', 'begin', 'local space = A.dry and DRY or LIVE', 'local space = LIVE'],
  ['lets the lease end during the call', 'begin', 'notAfter + T.leaseMarginMs', 'notAfter'],
  ['keeps the charge of what did not happen', 'finish', '  eachCharge(giveBack)', '  local _ = eachCharge'],
  ['gives a held run to another worker', 'claim', 'if not parked(f[2], f[3]) then', 'if false then'],
  ['keeps the locks of a parked run that did nothing', 'commit', '  releaseUnused(woken)\n', ''],
  ['releases the locks of a parked run that acted', 'commit', 'and not rungOf(run, USED) then', 'then'],
  ['lets too many act at once', 'begin', 'if crowded(space, place, id, score) then', 'if false then'],
  ['gives no place to whoever begins', 'begin', '  takePlace(space, place.key, id)\n', ''],
  ['wakes nobody for a place that is free again', 'locks', '    wakeFirst(space, limit, woken)\n', ''],
  ['keeps the locks of an ended run', 'ending', '  releaseLocks(id, woken)\n', ''],
  ['leaves an ended run due', 'ending', "  redis.call('ZREM', K(LIVE, 'due'), id)\n", ''],
  [
    'forgets a run that was swept',
    'sweep',
    "redis.call('ZADD', K(LIVE, 'due'), now + T.sweepPushMs, id)",
    "redis.call('ZREM', K(LIVE, 'due'), id)",
  ],
  ['starts a second run in a slot', 'accept', 'if known and known[1] and not ENDED[known[1]] then', 'if false then'],
  [
    'lets a repeat go uncovered',
    'accept',
    'if not due and covered(space, request.slot, episode.genAt, alert.reported or math.huge) then',
    'if not due then',
  ],
  ['does not wake a run that is told something', 'lib', "    redis.call('ZADD', K(LIVE, 'due'), now, id)\n", ''],
  ['ends escalated and tells nobody', 'commit', 'A.escalation and space == LIVE and escalate', 'false and escalate'],
];

describe('the model catches a store that', () => {
  test.each(mutants)('%s', async (_what, script, from, to) => {
    const mutant = world.mutant(script, from, to);
    const result = await fc.check(
      property(() => Promise.resolve(mutant)),
      { numRuns: 1_000, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    // A script that does not even run is no mutant.
    expect(String(result.errorInstance)).not.toMatch(/StoreError|user_script/);
  });
});
