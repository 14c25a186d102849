import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A connection that sends one POST after the other and reads nothing but status and length of the answers: the load generator shares its
 * cores with what it measures, so it must cost as little as it can.
 */
class PostConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #waiting: { resolve(status: number): void; reject(error: Error): void } | null = null;
  #unread = '';

  constructor(url: URL) {
    this.#head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: `;
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setEncoding('latin1').setNoDelay(true);
    this.#socket.on('data', (text: string) => this.#read(text));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('connection closed')));
  }

  /** The status of the answer. One at a time. */
  post(body: Buffer): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting = { resolve, reject };
    this.#socket.cork();
    this.#socket.write(`${this.#head}${body.length}\r\n\r\n`);
    this.#socket.write(body);
    this.#socket.uncork();
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#unread += text;
    const end = this.#unread.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#unread.slice(0, end))?.[1] ?? 0);
    if (this.#unread.length < end + 4 + length) return;
    const status = Number(this.#unread.slice(9, 12));
    this.#unread = this.#unread.slice(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(status);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

export interface Round {
  readonly seconds: number;
  /** ms of each request, sorted. */
  readonly latencies: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
}

/** Posts all bodies over so many connections, each as fast as the answers come, and again what was not taken. */
export async function postAll(url: URL, bodies: readonly Buffer[], connections: number): Promise<Round> {
  const tally = new Tally();
  let next = 0;
  const send = async (): Promise<void> => {
    const connection = new PostConnection(url);
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      while ((await tally.time(connection.post(body))) === 503) await sleep(100);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, send));
  return tally.round();
}

/** Posts so many a second whatever the answers do, as a burst of groups does; what was not taken comes again as from Alertmanager. */
export async function postPaced(url: URL, bodies: readonly Buffer[], perSecond: number): Promise<Round> {
  const tally = new Tally();
  const idle: PostConnection[] = [];
  const post = async (body: Buffer, backoffMs = 500): Promise<void> => {
    const connection = idle.pop() ?? new PostConnection(url);
    const status = await tally.time(connection.post(body));
    idle.push(connection);
    if (status === 200) return;
    await sleep(backoffMs * (0.5 + Math.random()));
    await post(body, backoffMs * 1.5);
  };
  const since = performance.now();
  const posted: Promise<void>[] = [];
  while (posted.length < bodies.length) {
    const due = Math.min(bodies.length, Math.ceil(((performance.now() - since) / 1000) * perSecond));
    for (const body of bodies.slice(posted.length, due)) posted.push(post(body));
    await sleep(1);
  }
  await Promise.all(posted);
  for (const connection of idle) connection.close();
  return tally.round();
}

class Tally {
  readonly #since = performance.now();
  readonly #statuses = new Map<number, number>();
  readonly #latencies: number[] = [];

  async time(answer: Promise<number>): Promise<number> {
    const since = performance.now();
    const status = await answer;
    this.#latencies.push(performance.now() - since);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    return status;
  }

  round(): Round {
    const seconds = (performance.now() - this.#since) / 1000;
    return { seconds, latencies: this.#latencies.toSorted((a, b) => a - b), statuses: this.#statuses };
  }
}

export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
