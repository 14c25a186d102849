// Delivers what is due: `node deliver-process.ts SOCKET SINK_URL SECRET_FILE`. REMEDIAD_FAIL_POINT names where it dies.
import { Redis } from 'ioredis';
import { startDelivery } from '../../src/app/deliver.ts';
import { createSenders } from '../../src/adapters/notify/index.ts';
import { createStore } from '../../src/adapters/store/index.ts';
import { failPointsFrom } from '../../src/adapters/system/fail-points.ts';
import { processClock } from '../support/log.ts';
import { deliverTiming, log, quietTelemetry } from './deliver-support.ts';

const [socket = '', url = '', secretFile = ''] = process.argv.slice(2);
const redis = new Redis({ path: socket });
const store = createStore({ redis, installation: 'test', timing: deliverTiming });
const senders = createSenders([{ name: 'hook', type: 'webhook', url, secret_file: secretFile }], processClock);
const delivery = startDelivery({
  store,
  senders: () => senders,
  emergency: () => null,
  timing: deliverTiming,
  telemetry: quietTelemetry,
  random: Math.random,
  clock: processClock,
  log,
  failPoint: failPointsFrom(process.env),
});
console.log('ready');
process.once('SIGTERM', () => {
  void delivery.stop(1_000).then(() => redis.disconnect());
});
