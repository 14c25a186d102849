import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { ClusterError, type Clock } from '../../core/ports.ts';

/**
 * `in-cluster`: the service account of the pod that remediad runs in, mounted below `root` (default: the pod's own root). A context is never
 * guessed.
 */
export type CredentialSource =
  | { readonly kind: 'in-cluster'; readonly root?: string }
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string };

/** What a call needs to get to the API server and be let in. */
export interface Access {
  /** `https://host:port`, with a path below which the API lies where there is one. */
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
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

type Library = typeof import('@kubernetes/client-node');
type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;

/** The library is large and slow to load: only whoever has a cluster pays for it. Throws one sentence that says what is wrong with the source. */
export async function openCredentials(cluster: string, source: CredentialSource, clock: Clock): Promise<Credentials> {
  const credentials = new Credentials(cluster, source, clock, await import('@kubernetes/client-node'));
  credentials.load();
  return credentials;
}

/** Reads the credentials again as they age, and at once when they were refused. */
export class Credentials implements Disposable {
  readonly #cluster: string;
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  readonly #library: Library;
  /** What the present configuration was made of. */
  #text = '';
  #config: KubeConfig | null = null;
  #reading: { readonly access: Promise<Access>; readonly at: number; readonly done: boolean } | null = null;
  #agents: { readonly key: string; readonly calls: Agent; readonly commands: Agent } | null = null;

  constructor(cluster: string, source: CredentialSource, clock: Clock, library: Library) {
    this.#cluster = cluster;
    this.#source = source;
    this.#clock = clock;
    this.#library = library;
  }

  [Symbol.dispose](): void {
    this.#agents?.calls.destroy();
    this.#agents?.commands.destroy();
  }

  /** The API server refused them: the next call reads everything anew. */
  refused(): void {
    this.#config = null;
    this.#reading = null;
  }

  /** Throws `ClusterError`: `timeout` when a plugin that makes tokens does not answer in time, `unreachable` for what cannot be read. */
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

  /** Reads the source if it changed. Throws one sentence. */
  load(): KubeConfig {
    const text = this.#source.kind === 'kubeconfig' ? this.#readFile(this.#source.file) : '';
    if (this.#config === null || text !== this.#text) this.#config = this.#parse(text);
    this.#text = text;
    return this.#config;
  }

  async #read(): Promise<Access> {
    try {
      const config = this.load();
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const { calls, commands } = this.#agentsFor(options);
      return { server: serverOf(config), headers: headersOf(options), agent: calls, commandAgent: commands };
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      throw new ClusterError('unreachable', `cluster ${this.#cluster}: its credentials cannot be read: ${(error as Error).message}`);
    }
  }

  #parse(text: string): KubeConfig {
    const config = new this.#library.KubeConfig();
    const where = `cluster ${this.#cluster}`;
    if (this.#source.kind === 'in-cluster') {
      if (process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
        throw new ClusterError(
          'invalid',
          `${where}: in_cluster needs remediad to run in a pod of that cluster; elsewhere give kubeconfig and context`,
        );
      }
      config.loadFromCluster(this.#source.root ?? '');
    } else {
      const { file, context } = this.#source;
      loadText(config, text, file);
      if (config.getContextObject(context) === null) {
        const known = config.getContexts().map(({ name }) => name);
        throw new ClusterError(
          'invalid',
          `${where}: ${file} has no context ${JSON.stringify(context)}, only ${known.join(', ') || 'none'}`,
        );
      }
      config.setCurrentContext(context);
    }
    refuseUnusable(config, where);
    return config;
  }

  #readFile(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new ClusterError('invalid', `cluster ${this.#cluster}: the kubeconfig cannot be read: ${(error as Error).message}`);
    }
  }

  /** Connections are kept for as long as the credentials stay the same; those of earlier ones end with the calls that use them. */
  #agentsFor({ ca, cert, key, passphrase, servername, rejectUnauthorized }: RequestOptions) {
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, passphrase, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    ) as TlsOptions;
    const same = JSON.stringify(Object.values(tls).map((value) => (Buffer.isBuffer(value) ? value.toString('base64') : value)));
    if (this.#agents?.key === same) return this.#agents;
    if (this.#agents !== null) for (const agent of [this.#agents.calls, this.#agents.commands]) retire(agent);
    const open = () => new Agent({ ...tls, keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS, scheduling: 'lifo' });
    this.#agents = { key: same, calls: open(), commands: open() };
    return this.#agents;
  }
}

function loadText(config: KubeConfig, text: string, file: string): void {
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    useTokenFiles(config, text, dirname(file));
  } catch (error) {
    throw new ClusterError('invalid', `${file} is no kubeconfig: ${(error as Error).message}`);
  }
}

/** The library knows the key of kubectl for a file with a token under another name only, and reads that once. */
function useTokenFiles(config: KubeConfig, text: string, folder: string): void {
  const { users } = TokenFiles.parse(parse(text));
  const files = new Map((users ?? []).map(({ name, user }) => [name, user?.tokenFile]));
  config.users = config.users.map((known) => {
    const file = files.get(known.name);
    if (file === undefined) return known;
    const { token: _, ...user } = known;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, file) } } };
  });
}

const TokenFiles = z.object({
  users: z.array(z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() })).nullish(),
});

function refuseUnusable(config: KubeConfig, where: string): void {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null)
    throw new ClusterError('invalid', `${where}: its context names a cluster or a user that is not there`);
  if (URL.parse(cluster.server)?.protocol !== 'https:') {
    throw new ClusterError('invalid', `${where}: the API server's address must be https, found ${JSON.stringify(cluster.server)}`);
  }
  if (cluster.proxyUrl !== undefined)
    throw new ClusterError('invalid', `${where}: proxy-url is not supported; give the address that is reached directly`);
}

function serverOf(config: KubeConfig): URL {
  return new URL(config.getCurrentCluster()?.server ?? '');
}

/** Files often end in a line feed, which no header may have. */
function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const told = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim()] as const);
  const basic = typeof auth === 'string' ? [['authorization', `Basic ${Buffer.from(auth).toString('base64')}`] as const] : [];
  return Object.fromEntries([...basic, ...told]);
}

function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flatMap((list) => list ?? [])) socket.destroy();
}

async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new ClusterError('timeout', 'no credentials in time');
}
