import { createServer, request, Agent, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerTo, connected } from '../../../src/adapters/kubernetes/sending.ts';

// What becomes of a request whose connection is lost between any two steps of it.

let url: string;
let opened: DisposableStack;
beforeEach(async () => {
  opened = new DisposableStack();
  const server = createServer((_, answer) => void answer.socket?.destroy());
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => opened.dispose());

function open(): ClientRequest {
  const agent = opened.adopt(new Agent(), (one) => one.destroy());
  const sent = request(url, { agent });
  sent.on('error', () => undefined);
  return sent;
}

const event = (sent: ClientRequest, name: 'error' | 'close') => new Promise<void>((resolve) => sent.once(name, () => resolve()));

test('a connection that is lost without an answer is told', async () => {
  const sent = open();
  await connected(sent);
  sent.end();
  await expect(answerTo(sent)).rejects.toThrow();
});

test.each(['error', 'close'] as const)('one that was lost before anybody waited is told too, after its %s', async (name) => {
  const sent = open();
  await connected(sent);
  const told = event(sent, name);
  sent.socket?.destroy(new Error('reset'));
  await told;
  sent.end();
  await expect(answerTo(sent)).rejects.toThrow('lost');
});

test('one that was given up before never counts as connected', async () => {
  const sent = open();
  const closed = event(sent, 'close');
  sent.destroy();
  await closed;
  await expect(connected(sent)).rejects.toThrow('lost');
});
