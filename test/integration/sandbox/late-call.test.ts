import { expect, test } from 'vitest';
import { startSandbox } from '../../support/sandbox.ts';

const namespace = 'archivechain-prod';
const name = 'archivechain-gateway-0';
const fleet = { workloads: [{ kind: 'StatefulSet' as const, namespace, name: 'archivechain-gateway', replicas: 1 }] };

/** Nothing of this process happens meanwhile, as when it is stopped. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test.each([true, false])(
  'a process that stood still in the middle of a deletion does not send it when its time is up (connection open: %s)',
  async (open) => {
    await using sandbox = await startSandbox(fleet);
    const [pod] = await sandbox.admin.pods(namespace);
    const cluster = sandbox.cluster();
    if (open) await cluster.getPod(namespace, name, AbortSignal.timeout(5_000));
    const request = { namespace, name, uid: pod?.uid ?? '', graceSeconds: null, dryRun: false, run: 'r-1' };

    const deletion = cluster.deletePod(request, AbortSignal.timeout(50));
    standStill(200);

    expect(await deletion).toMatchObject({ kind: 'rejected', reason: 'too-late' });
    expect(await sandbox.admin.calls()).not.toHaveProperty('delete pods');
    expect(await sandbox.admin.journal()).toEqual([]);
  },
);
