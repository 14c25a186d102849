import { Agent } from 'node:https';
import { ClusterError, type Clock } from '../../core/ports.ts';
import type { Identity, IdentitySource, TlsOptions } from './identity.ts';
import { openKubeconfig } from './kubeconfig.ts';
import { openServiceAccount } from './service-account.ts';

/**
 * `in-cluster`: the service account of the pod that remediad runs in, mounted below `root` (default: the pod's own root). A context is never
 * guessed.
 */
export type CredentialSource =
  | { readonly kind: 'in-cluster'; readonly root?: string }
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string };

/** What a call needs to get to the API server and be let in. */
export interface Access extends Pick<Identity, 'server' | 'headers'> {
  /** Keeps connections; one for each set of CA, certificate and key. */
  readonly agent: Agent;
  /** The same for commands, which hold theirs for as long as they run and look at their pod meanwhile: reads must not wait for them. */
  readonly commandAgent: Agent;
}

/** Tokens and certificates are replaced in their files long before the old ones end. */
const FRESH_MS = 10_000;
/** A plugin that makes tokens and does not answer for so long is asked again: the library cannot end it. */
const STUCK_MS = 60_000;
/** Below the 90 s after which an API server closes an idle connection, so that none is closed under a call. */
const IDLE_MS = 50_000;
const MAX_CONNECTIONS = 32;

/** Throws `ClusterError` with one sentence that says what is wrong with the source. */
export async function openCredentials(cluster: string, source: CredentialSource, clock: Clock): Promise<Credentials> {
  const where = `cluster ${cluster}`;
  const identity =
    source.kind === 'in-cluster' ? openServiceAccount(where, source.root ?? '/') : await openKubeconfig(where, source.file, source.context);
  return new Credentials(where, identity, clock);
}

/** Reads the credentials again as they age, and at once when they were refused. */
export class Credentials implements Disposable {
  readonly #where: string;
  readonly #source: IdentitySource;
  readonly #clock: Clock;
  #reading: { readonly access: Promise<Access>; readonly at: number; readonly done: boolean } | null = null;
  #agents: { readonly key: string; readonly calls: Agent; readonly commands: Agent } | null = null;

  constructor(where: string, source: IdentitySource, clock: Clock) {
    this.#where = where;
    this.#source = source;
    this.#clock = clock;
  }

  [Symbol.dispose](): void {
    this.#agents?.calls.destroy();
    this.#agents?.commands.destroy();
  }

  /** The API server refused them: the next call reads everything anew. */
  refused(): void {
    this.#source.forget();
    this.#reading = null;
  }

  /** Throws `ClusterError`: `timeout` when a plugin that makes tokens does not answer in time, else what cannot be read. */
  async access(signal: AbortSignal): Promise<Access> {
    return Promise.race([this.#latest(), abortOf(signal)]);
  }

  /** A failure is not kept: the next call reads again. */
  #latest(): Promise<Access> {
    const now = this.#clock.monotonic();
    const known = this.#reading;
    if (known !== null && now - known.at <= (known.done ? FRESH_MS : STUCK_MS)) return known.access;
    const reading = { access: this.#read(), at: now, done: false };
    this.#reading = reading;
    reading.access.then(
      () => (reading.done = true),
      () => (this.#reading = this.#reading === reading ? null : this.#reading),
    );
    return reading.access;
  }

  async #read(): Promise<Access> {
    try {
      const { server, headers, tls } = await this.#source.read();
      const { calls, commands } = this.#agentsFor(tls);
      return { server, headers, agent: calls, commandAgent: commands };
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      throw new ClusterError('unreachable', `${this.#where}: its credentials cannot be read: ${(error as Error).message}`);
    }
  }

  /** Connections are kept for as long as the credentials stay the same; those of earlier ones end with the calls that use them. */
  #agentsFor(tls: TlsOptions) {
    const key = JSON.stringify(
      Object.entries(tls).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64') : value]),
    );
    if (this.#agents?.key === key) return this.#agents;
    if (this.#agents !== null) for (const agent of [this.#agents.calls, this.#agents.commands]) retire(agent);
    const open = () => new Agent({ ...tls, keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS, scheduling: 'lifo' });
    this.#agents = { key, calls: open(), commands: open() };
    return this.#agents;
  }
}

function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flatMap((list) => list ?? [])) socket.destroy();
}

async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new ClusterError('timeout', 'no credentials in time');
}
