import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { SandboxAdmin } from '../../src/adapters/sandbox/admin-client.ts';
import { createSandboxCluster } from '../../src/adapters/sandbox/client.ts';
import type { Fleet } from '../../src/adapters/sandbox/fleet.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { startNode, type Process } from './process.ts';
import { tempDir } from './temp-dir.ts';

const server = fileURLToPath(new URL('../../src/adapters/sandbox/server.ts', import.meta.url));

/** A sandbox fleet of the test's own, in a process of its own. */
export interface Sandbox extends AsyncDisposable {
  readonly socket: string;
  readonly process: Process;
  readonly admin: SandboxAdmin;
  /** The fleet through the port; `name` defaults to `sandbox`. */
  cluster(name?: string): Cluster;
}

/** Without a fleet: the built-in one. */
export async function startSandbox(fleet?: z.input<typeof Fleet>): Promise<Sandbox> {
  const folder = await tempDir();
  const socket = join(folder.path, 'sandbox.sock');
  const file = join(folder.path, 'fleet.json');
  if (fleet !== undefined) await writeFile(file, JSON.stringify(fleet));
  const process = await startNode(server, ['--socket', socket, ...(fleet === undefined ? [] : ['--fleet', file])]);
  const opened: Disposable[] = [];
  const dispose = async () => {
    for (const client of opened) client[Symbol.dispose]();
    await process[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await process.waitForLine(/sandbox ready/);
  } catch (error) {
    await dispose();
    throw error;
  }
  const admin = new SandboxAdmin(socket);
  opened.push(admin);
  const cluster = (name = 'sandbox') => {
    const client = createSandboxCluster({ name, socket });
    opened.push(client);
    return client;
  };
  return { socket, process, admin, cluster, [Symbol.asyncDispose]: dispose };
}
