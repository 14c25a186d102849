import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Longer than any of our answers takes once the server closes. */
const AT_WORK_MS = 5_000;
const LOOK_MS = 50;

/**
 * Answers what to call when the server begins to close. Node then waits for every connection that is not idle: also for one that never
 * carried a request, as clients open them ahead of time, and for one that was at work for as long as its client keeps it open afterwards.
 * With this only those at work are waited for, until their answer is sent.
 */
export function waitForThoseAtWork(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
    const looking = setInterval(() => server.closeIdleConnections(), LOOK_MS);
    const enough = setTimeout(() => server.closeAllConnections(), AT_WORK_MS);
    server.once('close', () => {
      clearInterval(looking);
      clearTimeout(enough);
    });
  };
}
