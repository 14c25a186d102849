import type { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import { Bounded } from './bounded.ts';

/** Ends when the request has a connection over which it could leave at once. Rejects when the request breaks before that. */
export async function connected(request: ClientRequest): Promise<void> {
  const socket = await eventOf<Socket & { secureConnecting?: boolean }>(request, request, 'socket');
  // Node sets it on sockets of TLS until hands are shaken; kept ones have that behind them.
  if (socket.secureConnecting === true) await eventOf(request, socket, 'secureConnect');
}

/**
 * What comes with the first event of this name. Rejects when the request breaks, also when it told so before anybody listened: it would not
 * tell again, and whoever waited for an event of it would wait for ever.
 */
function eventOf<T>(request: ClientRequest, emitter: EventEmitter, event: string): Promise<T> {
  const first = Promise.withResolvers<T>();
  const lost = () => first.reject(new Error('the connection was lost'));
  emitter.once(event, first.resolve);
  request.once('error', first.reject).once('close', lost);
  if (request.destroyed) lost();
  return first.promise;
}

/**
 * To be awaited right before the bytes of a call that changes the world. A process that stood still goes on in the middle of what it did, and
 * its signal does not know yet that the time is up. The first pause makes it read the clock, the second lets every timer fire that is due by it.
 */
export async function overdueTimersFired(): Promise<void> {
  await sleep(1);
  await nextTurn();
}

/** The head of the answer. Errors that come later come through reading it. */
export async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const answer = await eventOf<IncomingMessage>(request, request, 'response');
  // Without a listener an abort in between would be uncaught.
  request.on('error', () => undefined);
  answer.on('error', () => undefined);
  return answer;
}

/** Reads the answer to its end; with `cutAt` only so many bytes of it, the connection is given up then. */
export async function readAnswer(answer: IncomingMessage, limitBytes: number, cutAt: boolean): Promise<Answer> {
  const body = new Bounded(limitBytes);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    body.add(chunk);
    if (body.cut) break;
  }
  if (body.cut && !cutAt) throw new Error(`an answer of more than ${limitBytes} bytes`);
  if (!body.cut && !answer.complete) throw new Error('the connection was lost in the middle of the answer');
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: body.text };
}
