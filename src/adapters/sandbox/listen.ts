import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fleet, defaultFleet } from './fleet.ts';
import { createSandboxServer } from './serve.ts';
import { addFleet } from './world/controller.ts';
import { World } from './world/world.ts';

/** Why there is no sandbox, as a sentence for whoever started it. `usage`: what was asked for is wrong, not the world. */
export class SandboxStartError extends Error {
  readonly usage: boolean;
  constructor(message: string, usage: boolean) {
    super(message);
    this.usage = usage;
  }
}

/** A fleet of its own behind a unix socket that only this user may open; `fleet`: its file, null = the built-in one. */
export async function listenAsSandbox(socket: string, fleet: string | null): Promise<Server> {
  const world = worldOf(fleet);
  await removeStale(socket);
  // Whoever can open the socket can break the fleet.
  process.umask(0o077);
  const server = createSandboxServer(world).listen(socket);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SandboxStartError((error as Error).message, false);
  }
  return server;
}

function worldOf(file: string | null): World {
  const world = new World(Date.now(), randomUUID);
  try {
    addFleet(world, Fleet.parse(file === null ? defaultFleet : parse(readFileSync(file, 'utf8'))));
    return world;
  } catch (error) {
    const said = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new SandboxStartError(`${file ?? 'the built-in fleet'}: ${said}`, true);
  }
}

/** A socket that nobody listens on is left over from a process that was killed; a live one is not ours to take. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new SandboxStartError(`${path} is there already and is no socket: give --socket another path`, true);
  const connection = connect(path);
  const alive = await new Promise<boolean>((resolve) => {
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  connection.destroy();
  if (alive) throw new SandboxStartError(`another sandbox listens on ${path}`, false);
  rmSync(path, { force: true });
}
