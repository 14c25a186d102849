// A worker that takes one run and never ends it: `node worker-process.ts SOCKET LEASE_MS`.
import { forEver, startReplica } from './support.ts';

const [socket = '', leaseMs = ''] = process.argv.slice(2);
await startReplica(socket, {
  timing: { leaseMs: Number(leaseMs) },
  onRun: async (run, version, signal) => {
    console.log(`working on ${run}`);
    signal.addEventListener('abort', () => console.log(`aborted: ${(signal.reason as Error).message}`));
    await forEver(run, version, signal);
  },
});
