import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** `sockaddr_un` holds 108 bytes on Linux and 104 on BSD and macOS, the final zero included. */
const SOCKET_BYTES = 103;

/** Makes the folder if need be, readable by us alone, and returns its real path. Throws one sentence when it cannot be ours. */
export function privateDirectory(path: string): string {
  if (/[\0\n\r]/.test(path)) throw new Error('the path of the store holds a line break or a NUL byte: choose another one');
  try {
    if (!existsSync(path)) makeDirectory(path);
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return privateDirectory(realpathSync(path));
    if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    throw new Error(`the store cannot use ${path} (${(error as Error).message}): give it a folder that this user owns`, { cause: error });
  }
  return realpathSync(path);
}

/** With its parents. Node's own `recursive` never comes back where a parent that is there answers ENOENT, as /proc and /sys do. */
function makeDirectory(path: string): void {
  const parent = dirname(path);
  if (!existsSync(parent)) makeDirectory(parent);
  mkdirSync(path, { mode: 0o700 });
}

/**
 * The socket stands beside the data; where that path is too long for a unix socket, in a short private folder whose name is made of the
 * data's path, so that the same data always has the same socket.
 */
export function socketPath(directory: string, runtime: string = process.env['XDG_RUNTIME_DIR'] ?? tmpdir()): string {
  const beside = join(directory, 'redis.sock');
  if (Buffer.byteLength(beside) <= SOCKET_BYTES) return beside;
  const folder = join(runtime, `remediad-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`);
  const short = join(folder, 'redis.sock');
  if (Buffer.byteLength(short) > SOCKET_BYTES) {
    throw new Error(
      `the path of the store's socket is too long, and so is ${short} (${Buffer.byteLength(short)} bytes, at most ${SOCKET_BYTES}): ` +
        'choose a shorter storage path or a shorter XDG_RUNTIME_DIR',
    );
  }
  privateRuntime(folder);
  return short;
}

/** The runtime folder may be one that all users write to: it must be a real folder of ours, made by nobody else before us. */
function privateRuntime(folder: string): void {
  if (!existsSync(folder)) makeDirectory(folder);
  const found = lstatSync(folder);
  const own = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== own || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a private folder of this user: remove it, or choose a shorter storage path`);
  }
}
