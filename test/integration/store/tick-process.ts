// Deals with the ticks of a schedule of every minute, as fast as it can: `node tick-process.ts SOCKET`. It works until it is killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Schedules } from '../../../src/app/schedules.ts';
import { createStore } from '../../../src/adapters/store/index.ts';
import { parseCron } from '../../../src/core/schedule/cron.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { quietTelemetry } from '../../support/engine.ts';
import { processClock, recordingLog } from '../../support/log.ts';
import { sampleEdition } from '../../support/sample.ts';
import { INSTALLATION, movable } from './world.ts';

const redis = new Redis({ path: process.argv[2] ?? '' });
const store = createStore({ redis, installation: INSTALLATION, timing: defaultTiming, scripts: movable });
const { rule, ...edition } = sampleEdition();
const schedule = { text: '* * * * *', cron: parseCron('* * * * *'), timezone: 'UTC', startWithinMs: 60_000 };
const target = { ...rule.target, namespace: 'chain', find: { by: 'name', value: 'node-1' } } as const;
const scheduled = {
  rule: 'nightly',
  hash: 'e'.repeat(64),
  edition: { ...edition, rule: { ...rule, name: 'nightly', matchers: [], target } },
  dry: null,
  starts: { schedule, manual: false, labels: {} },
};
const schedules = new Schedules({
  store,
  rules: () => [scheduled],
  nearlyFull: async () => false,
  clusters: { defaultName: 'main' },
  hints: { wake: async () => {} },
  telemetry: quietTelemetry,
  timing: defaultTiming,
  clock: processClock,
  log: recordingLog(),
});
console.log('ready');
const { signal } = new AbortController();
for (;;) {
  await schedules.look(signal);
  await sleep(5);
}
