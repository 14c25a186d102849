import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ExecCall, runCommand, type Command } from './exec-call.ts';

export interface ContainerLog {
  readonly current: string;
  /** Of the container before its last restart; null = it was never restarted. */
  readonly previous: string | null;
}

/** What the server asks of its kubelet. */
export interface KubeletDuties {
  commandOf(pod: string, command: readonly string[]): Command;
  logOf(pod: string): ContainerLog;
}

/**
 * The port of a node that the API server calls for commands and logs. Commands come as WebSockets, which an API server of 1.36 passes
 * through to a node that declares the feature `ExtendWebSocketsToKubelet`.
 */
export class KubeletServer implements AsyncDisposable {
  readonly #duties: KubeletDuties;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });

  private constructor(certificates: string, duties: KubeletDuties) {
    this.#duties = duties;
    const [cert, key] = [readFileSync(join(certificates, 'server.crt')), readFileSync(join(certificates, 'server.key'))];
    this.#server = createServer({ cert, key }, (request, answer) => this.#answer(urlOf(request), answer));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        const call = new ExecCall(accepted, socket, urlOf(request));
        void runCommand(call, this.#duties.commandOf(call.pod, call.command));
      });
    });
  }

  /** `certificates`: a folder that `writeCertificates` has filled; `socket`: the path to listen on. */
  static async listen(socket: string, certificates: string, duties: KubeletDuties): Promise<KubeletServer> {
    const server = new KubeletServer(certificates, duties);
    const listening = Promise.withResolvers<void>();
    server.#server.once('error', listening.reject).listen(socket, listening.resolve);
    await listening.promise;
    return server;
  }

  #answer({ pathname, searchParams }: URL, answer: ServerResponse): void {
    const [, kind, , pod = '', container = ''] = pathname.split('/');
    if (kind !== 'containerLogs') return void answer.writeHead(404).end('404 page not found\n');
    const { current, previous } = this.#duties.logOf(pod);
    const text = searchParams.get('previous') === 'true' ? previous : current;
    if (text === null) return void answer.writeHead(400).end(`previous terminated container "${container}" in pod "${pod}" not found\n`);
    answer.end(cut(text, numberOf(searchParams, 'tailLines'), numberOf(searchParams, 'limitBytes')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'https://kubelet');

function numberOf(query: URLSearchParams, name: string): number {
  return Number(query.get(name) ?? Infinity);
}

function cut(text: string, lines: number, bytes: number): Buffer {
  const all = text.split(/(?<=\n)/);
  return Buffer.from(all.slice(Math.max(0, all.length - lines)).join('')).subarray(0, bytes);
}
