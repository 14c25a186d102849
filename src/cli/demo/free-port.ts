import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Starts something on a loopback port that was free a moment ago; on another one should somebody have taken it meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>, tries = 5): Promise<T> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (left === 0 || !/address already in use|EADDRINUSE/i.test((error as Error).message)) throw error;
    }
  }
}

/** One that was free a moment ago. Somebody may take it before you do: whoever starts a server on it tries again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
