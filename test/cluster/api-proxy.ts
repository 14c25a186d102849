import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { apiCallOf, type ApiCall } from './api-call.ts';
import type { ClusterPlace } from './control-plane.ts';

/**
 * What a request meets between us and the API server: an answer of the proxy in place of the API server's · silence, with the request never
 * passed on · the connection cut, before the API server gets the request or after it has answered.
 */
export type Strike = { readonly status: number; readonly body: object } | 'hang' | 'cut-before' | 'cut-after';

/** Which requests; null = none of it. Asked once for each. */
export type StrikePlan = (call: ApiCall) => Strike | null;

/**
 * Stands in front of the API server and speaks TLS with its certificate. It can strike requests, and it counts: what the API server would
 * see of connections and calls, this sees. Over it nothing is answered from memory.
 */
export class ApiProxy implements AsyncDisposable {
  strike: StrikePlan = () => null;
  /** All that came, in order. */
  readonly calls: ApiCall[] = [];
  /** TLS connections ever opened, and the most that were open at a time. */
  connections = 0;
  peak = 0;
  readonly #place: ClusterPlace;
  readonly #server: Server;
  readonly #upstream: Agent;
  readonly #sockets = new Set<Duplex>();

  private constructor(place: ClusterPlace) {
    const read = (name: string) => readFileSync(join(place.folder, name));
    this.#place = place;
    this.#upstream = new Agent({ ca: read('ca.crt'), keepAlive: true });
    this.#server = createServer({ cert: read('server.crt'), key: read('server.key'), keepAliveTimeout: 300_000 });
    this.#server
      .on('request', (incoming, answer) => void this.#pass(incoming, answer))
      .on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => this.#join(incoming, socket, head))
      .on('secureConnection', (socket) => this.#count(socket));
  }

  static async start(place: ClusterPlace): Promise<ApiProxy> {
    const proxy = new ApiProxy(place);
    const listening = Promise.withResolvers<void>();
    proxy.#server.once('error', listening.reject).listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection that is open, whatever goes on over it. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#upstream.destroy();
    this.cutAll();
    await closed.promise;
  }

  #count(socket: Duplex): void {
    this.connections += 1;
    this.#sockets.add(socket);
    this.peak = Math.max(this.peak, this.#sockets.size);
    socket
      .on('error', () => socket.destroy())
      .once('close', () => {
        this.#sockets.delete(socket);
      });
  }

  /** What this request meets. */
  #meet(incoming: IncomingMessage): Strike | null {
    const call = apiCallOf(incoming.method ?? 'GET', incoming.url ?? '/');
    this.calls.push(call);
    return this.strike(call);
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const strike = this.#meet(incoming);
    if (strike === 'hang') return;
    if (strike === 'cut-before') return void incoming.socket.destroy();
    if (strike !== null && strike !== 'cut-after') return answerWith(answer, strike.status, strike.body);
    const { method, headers, url = '/' } = incoming;
    const upstream = request(this.#place.server + url, { agent: this.#upstream, method: method ?? 'GET', headers });
    upstream.once('response', (response) => {
      if (strike === 'cut-after') {
        response.resume().once('end', () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.on('error', () => answer.destroy()).pipe(answer);
    });
    // The API server is not there: so is this, for whoever asks it.
    upstream.once('error', () => incoming.socket.destroy());
    answer.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  /** Commands: a WebSocket goes through byte for byte. */
  #join(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const strike = this.#meet(incoming);
    if (strike === 'hang') return;
    if (strike !== null) return void socket.destroy();
    const { hostname, port } = new URL(this.#place.server);
    const ca = readFileSync(join(this.#place.folder, 'ca.crt'));
    const upstream: Socket = connectTls({ host: hostname, port: Number(port), ca }, () => {
      const { rawHeaders } = incoming;
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
      upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy()).once('close', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  }
}

function answerWith(answer: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: status, ...body });
  answer.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
