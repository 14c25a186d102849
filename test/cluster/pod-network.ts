import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/**
 * The network between the API server and the nodes. An address of it, `10.1.2.3:8080`, is a unix socket in a folder, so that each pod has an
 * address of its own and nothing is set up on the machine. The API server reaches it as it reaches nodes behind a proxy in production: by
 * CONNECT requests (its egress selector).
 */
export class PodNetwork implements AsyncDisposable {
  readonly #folder: string;
  readonly #proxy: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#proxy = createServer().on('connect', (request: IncomingMessage, client: Duplex) => this.#join(request.url ?? '', client));
  }

  static async open(folder: string): Promise<PodNetwork> {
    mkdirSync(folder);
    const network = new PodNetwork(folder);
    const listening = Promise.withResolvers<void>();
    network.#proxy.once('error', listening.reject).listen(egressSocket(folder), listening.resolve);
    await listening.promise;
    return network;
  }

  #join(address: string, client: Duplex): void {
    const upstream: Socket = connect(socketOf(this.#folder, address));
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    client.on('error', () => upstream.destroy()).once('close', () => upstream.destroy());
    const refuse = () => client.end('HTTP/1.1 502 connection refused\r\n\r\n');
    upstream.once('error', refuse).once('connect', () => {
      upstream.off('error', refuse).on('error', () => client.destroy());
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client);
      client.pipe(upstream);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = Promise.withResolvers<void>();
    this.#proxy.close(() => closed.resolve());
    await closed.promise;
  }
}

/** Where the API server finds the proxy of the network in this folder. */
export const egressSocket = (folder: string): string => join(folder, 'egress');

/** Takes a free part of the network, up to 250 addresses; `release` gives it back. */
export function takeSubnet(folder: string): Subnet {
  for (let n = 1; n < 65_000; n++) {
    const prefix = `10.${n >> 8}.${n & 255}`;
    if (!claim(join(folder, prefix))) continue;
    let last = 0;
    return {
      nextAddress: () => `${prefix}.${(last = (last % 250) + 1)}`,
      socketOf: (ip, port) => socketOf(folder, `${ip}:${port}`),
      release: () => rmSync(join(folder, prefix), { recursive: true, force: true }),
    };
  }
  throw new Error('the network of the pods has no free part');
}

export interface Subnet {
  nextAddress(): string;
  /** The path to listen on for this address of the subnet. */
  socketOf(ip: string, port: number): string;
  release(): void;
}

function socketOf(folder: string, address: string): string {
  const [, prefix = 'none', rest = 'none'] = /^(\d+\.\d+\.\d+)\.(\d+:\d+)$/.exec(address) ?? [];
  return join(folder, prefix, rest);
}

function claim(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
