import { Option, type Command } from 'commander';
import { CommandError, EXIT, textOf } from './command.ts';
import { outputOption } from './output.ts';

/** How a command reaches the daemon. */
export interface Reach {
  readonly url: string;
  readonly tokenFile?: string;
}

/** Adds `--url`, `--token-file` and `-o`, the same for every command that asks the daemon. The first of `formats` is the usual one. */
export function asksDaemon(command: Command, formats: readonly [string, ...string[]] = ['table', 'json']): Command {
  return command
    .addOption(new Option('--url <url>', 'the daemon').env('REMEDIAD_URL').default('http://127.0.0.1:8484'))
    .addOption(new Option('--token-file <file>', 'file with the bearer token').env('REMEDIAD_TOKEN_FILE'))
    .addOption(outputOption(...formats));
}

/** The daemon's API. Every failure is a `CommandError` that says what to do. */
export interface Client {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

export function createClient(reach: Reach): Client {
  return {
    get: (path) => call(reach, 'GET', path),
    post: (path, body) => call(reach, 'POST', path, body),
    delete: (path) => call(reach, 'DELETE', path),
  };
}

/** Longest wait of the API's long poll, and then some. */
const TIMEOUT_MS = 75_000;

async function call<T>(reach: Reach, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await send(reach, method, path, body);
  const text = await answer.text();
  const envelope = parse(text);
  if (answer.ok && envelope?.status === 'success') return envelope.data as T;
  if (answer.status === 401) throw new CommandError(`${reach.url} wants a token: give --token-file, or set REMEDIAD_TOKEN_FILE`);
  throw new CommandError(envelope?.error ?? `${reach.url}${path} answered ${answer.status}: ${text.slice(0, 200).trim()}`);
}

async function send(reach: Reach, method: string, path: string, body: unknown): Promise<Response> {
  const address = new URL(path, addressOf(reach.url));
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  if (reach.tokenFile !== undefined) headers['authorization'] = `Bearer ${readToken(reach.tokenFile)}`;
  try {
    return await fetch(address, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { message, cause: { code, message: why } = {} } = error as { message: string; cause?: { code?: string; message?: string } };
    const cause = code ?? why ?? message;
    throw new CommandError(`cannot reach ${reach.url} (${cause}): is the daemon running? Another address: --url`);
  }
}

/** `localhost:8484` is an address of the scheme `localhost:`. */
function addressOf(url: string): string {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url;
  throw new CommandError(`--url: ${JSON.stringify(url)} is no http or https address (fix: write http://host:port)`, EXIT.usage);
}

const readToken = (file: string): string => textOf(file, `--token-file: ${file}`).split('\n')[0]?.trim() ?? '';

function parse(text: string): { status?: string; data?: unknown; error?: string } | null {
  try {
    return JSON.parse(text) as { status?: string; data?: unknown; error?: string };
  } catch {
    return null;
  }
}
