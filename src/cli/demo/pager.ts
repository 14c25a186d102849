import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** The part of a message that the demo tells of. */
const Message = z.looseObject({
  event: z.enum(['trigger', 'acknowledge', 'resolve']),
  incident: z.string(),
  report: z.looseObject({
    title: z.string(),
    target: z.string(),
    tried: z.array(z.looseObject({ what: z.string(), result: z.string() })),
  }),
});
export type PagerMessage = z.infer<typeof Message>;

/** The human's end of the line: takes what carries a good signature, each message once. */
export interface Pager extends AsyncDisposable {
  readonly url: string;
  /** What signs the messages. */
  readonly key: string;
}

const OLD_S = 300;

export async function startPager(onMessage: (message: PagerMessage) => void): Promise<Pager> {
  const key = randomBytes(32).toString('hex');
  const taken = new Set<string>();
  const server = createServer((request, response) => {
    void receive(request, key, taken, onMessage).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    key,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function receive(request: IncomingMessage, key: string, taken: Set<string>, onMessage: (message: PagerMessage) => void) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  const signature = String(request.headers['remediad-signature'] ?? '');
  const id = String(request.headers['idempotency-key'] ?? '');
  if (!isSigned(signature, body, key, Date.now() / 1000)) return 401;
  const message = Message.safeParse(JSON.parse(body));
  if (!message.success) return 400;
  if (!taken.has(id)) onMessage(message.data);
  taken.add(id);
  return 200;
}

/** `t=<seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>`, not older than five minutes. */
export function isSigned(signature: string, body: string, key: string, now: number): boolean {
  const [, seconds = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  if (hex === '' || Math.abs(now - Number(seconds)) > OLD_S) return false;
  const due = createHmac('sha256', key).update(`${seconds}.${body}`).digest();
  return timingSafeEqual(due, Buffer.from(hex, 'hex'));
}
