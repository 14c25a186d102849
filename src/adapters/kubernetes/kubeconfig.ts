import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { ClusterError } from '../../core/ports.ts';
import type { Identity, IdentitySource, TlsOptions } from './identity.ts';

type Library = typeof import('@kubernetes/client-node');

/**
 * A context of a kubeconfig. What stands there, plugins that make tokens among it, is the library's to read; it is large and slow to load, so
 * only whoever has such a cluster pays for it. Throws `ClusterError` with one sentence that says what is wrong with the file.
 */
export async function openKubeconfig(where: string, file: string, context: string): Promise<IdentitySource> {
  const source = new KubeconfigSource({ where, file, context }, await import('@kubernetes/client-node'));
  await source.load();
  return source;
}

interface Place {
  /** Begins every message. */
  readonly where: string;
  readonly file: string;
  readonly context: string;
}

class KubeconfigSource implements IdentitySource {
  readonly #place: Place;
  readonly #library: Library;
  /** Kept as long as the file stays the same, with the tokens that plugins have made. */
  #known: { readonly text: string; readonly config: KubeConfig } | null = null;

  constructor(place: Place, library: Library) {
    this.#place = place;
    this.#library = library;
  }

  async read(): Promise<Identity> {
    const config = await this.load();
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return { server: new URL(config.getCurrentCluster()?.server ?? ''), headers: headersOf(options), tls: tlsOf(options) };
  }

  forget(): void {
    this.#known = null;
  }

  async load(): Promise<KubeConfig> {
    const { where, file } = this.#place;
    const text = await readFile(file, 'utf8').catch((error: Error) => {
      throw new ClusterError('invalid', `${where}: the kubeconfig cannot be read: ${error.message}`);
    });
    if (this.#known?.text !== text) this.#known = { text, config: this.#parse(text) };
    return this.#known.config;
  }

  #parse(text: string): KubeConfig {
    const { where, file, context } = this.#place;
    const config = new this.#library.KubeConfig();
    try {
      config.loadFromString(text);
      config.makePathsAbsolute(dirname(file));
      useTokenFiles(config, text, dirname(file));
    } catch (error) {
      throw new ClusterError('invalid', `${where}: ${file} is no kubeconfig: ${(error as Error).message}`);
    }
    if (config.getContextObject(context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      const only = known.join(', ') || 'none';
      throw new ClusterError('invalid', `${where}: ${file} has no context ${JSON.stringify(context)}, only ${only}`);
    }
    config.setCurrentContext(context);
    const fault = faultOf(config);
    if (fault !== null) throw new ClusterError('invalid', `${where}: ${fault}`);
    return config;
  }
}

const TokenFiles = z.object({
  users: z.array(z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() })).nullish(),
});

/** The library knows kubectl's key for a file with a token under another name only, and reads that once. */
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

/** What makes the present context unusable; null = nothing. */
function faultOf(config: KubeConfig): string | null {
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null) return 'its context names a cluster or a user that is not there';
  if (URL.parse(cluster.server)?.protocol !== 'https:') {
    return `the API server's address must be https, found ${JSON.stringify(cluster.server)}`;
  }
  return cluster.proxyUrl === undefined ? null : 'proxy-url is not supported; give the address that is reached directly';
}

/** Files often end in a line feed, which no header may have. */
function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const told = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim()] as const);
  const basic = typeof auth === 'string' ? [['authorization', `Basic ${Buffer.from(auth).toString('base64')}`] as const] : [];
  return Object.fromEntries([...basic, ...told]);
}

function tlsOf({ ca, cert, key, passphrase, servername, rejectUnauthorized }: RequestOptions): TlsOptions {
  const given = Object.entries({ ca, cert, key, passphrase, servername, rejectUnauthorized });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as TlsOptions;
}
