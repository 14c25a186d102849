import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import { Bounded } from './bounded.ts';

/** Ends when the request has a connection over which it could leave at once. Rejects when the request breaks before that. */
export async function connected(request: ClientRequest): Promise<void> {
  const [socket] = (await once(request, 'socket')) as [Socket & { secureConnecting?: boolean }];
  // Node sets it on sockets of TLS until hands are shaken; kept ones have that behind them.
  if (socket.secureConnecting === true) await Promise.race([once(socket, 'secureConnect'), failureOf(request)]);
}

async function failureOf(request: ClientRequest): Promise<never> {
  const [error] = (await once(request, 'error')) as [Error];
  throw error;
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
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
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
