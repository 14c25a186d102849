// A process that holds an embedded store until it is told to end: `node embedded-daemon.ts DIRECTORY [PATH]`.
import { startEmbedded } from '../../../src/adapters/redis/embedded.ts';
import { processClock, recordingLog } from '../../support/log.ts';

// Before anything is said: who reads it may interrupt at once.
process.on('SIGINT', () => console.log('interrupted'));
const [directory = '', pathVariable] = process.argv.slice(2);
const store = await startEmbedded({
  directory,
  log: recordingLog(),
  clock: processClock,
  ...(pathVariable === undefined ? {} : { pathVariable }),
});
console.log(`server ${store.pid} at ${store.socket}`);
process.once('SIGTERM', () => void store.stop());
