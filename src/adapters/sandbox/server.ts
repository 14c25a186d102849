import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fleet, defaultFleet } from './fleet.ts';
import { createSandboxServer } from './serve.ts';
import { addFleet } from './world/controller.ts';
import { World } from './world/world.ts';

/** The sandbox fleet as a process of its own, so that it outlives the daemon: `node server.ts --socket PATH [--fleet FILE]`. */
const { values } = parseArgs({ options: { socket: { type: 'string' }, fleet: { type: 'string' } } });
if (values.socket === undefined) stop('--socket PATH is missing', 2);

const world = new World(Date.now(), randomUUID);
loadFleet(values.fleet);
await removeStale(values.socket);
// Whoever can open the socket can break the fleet.
process.umask(0o077);
const server = createSandboxServer(world).listen(values.socket);
server.once('error', (error) => stop(error.message, 1));
await once(server, 'listening');
process.stdout.write(`sandbox ready on ${values.socket}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

function loadFleet(file: string | undefined): void {
  try {
    addFleet(world, Fleet.parse(file === undefined ? defaultFleet : parse(readFileSync(file, 'utf8'))));
  } catch (error) {
    stop(`${file ?? 'the built-in fleet'}: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`, 2);
  }
}

/** A socket that nobody listens on is left over from a process that was killed; a live one is not ours to take. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const connection = connect(path);
  const alive = await new Promise<boolean>((resolve) => {
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  connection.destroy();
  if (alive) stop(`another sandbox listens on ${path}`, 1);
  rmSync(path, { force: true });
}

function stop(message: string, code: number): never {
  process.stderr.write(`sandbox: ${message}\n`);
  process.exit(code);
}
