import { lookup, type LookupAddress } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ClusterError, type HttpAnswer, type Web } from '../../core/ports.ts';
import { underEndpoint } from './endpoint-url.ts';
import { isForbiddenAddress } from './forbidden-address.ts';

/**
 * GET on configured endpoints. `endpoints` (name → base URL) is asked at every call, so that a reload counts at once. Redirects are not
 * followed: they are answers. The body is cut at the limit. Throws `ClusterError`; after the signal it is a timeout. `resolve` finds the
 * addresses of a name. `bearerToken` is asked at every call; null = none is sent.
 */
export function createWeb(
  endpoints: () => Readonly<Record<string, string>>,
  resolve: typeof lookup = lookup,
  bearerToken: () => string | null = () => null,
): Web & Disposable {
  const guarded = guardedLookup(resolve);
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
  return {
    async get(text, limitBytes, signal) {
      const url = underEndpoint(text, endpoints());
      if (isIP(bare(url.hostname)) !== 0 && isForbiddenAddress(bare(url.hostname))) throw forbiddenAddress(url.hostname);
      const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:'];
      const started = performance.now();
      try {
        const token = bearerToken();
        const headers = { accept: '*/*', 'user-agent': 'remediad', ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
        const answer = await send(url, { agent, signal, lookup: guarded, headers });
        const body = await readUpTo(answer, limitBytes);
        return { status: answer.statusCode ?? 0, body, ms: Math.round(performance.now() - started) } satisfies HttpAnswer;
      } catch (error) {
        throw asClusterError(error, url, signal);
      }
    },
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A kept connection that the server closed just then is no answer: the GET is sent once more, on a new one. */
async function send(url: URL, options: SendOptions): Promise<IncomingMessage> {
  const first = request(url, options);
  try {
    return await answerTo(first);
  } catch (error) {
    if (!first.reusedSocket || options.signal.aborted || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return answerTo(request(url, options));
  }
}

interface SendOptions {
  readonly agent: HttpAgent | HttpsAgent;
  readonly signal: AbortSignal;
  readonly lookup: LookupFunction;
  readonly headers: Readonly<Record<string, string>>;
}

function request(url: URL, options: SendOptions): ClientRequest {
  return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject).end();
  });
}

/** Resolves as usual, but answers no forbidden address: what was checked is what is connected to. */
function guardedLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      const [first] = found ?? [];
      if (error !== null) callback(error, '');
      else if (first === undefined || found.some(({ address }) => isForbiddenAddress(address))) callback(forbiddenAddress(hostname), '');
      else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** The first `limit` bytes as text; the rest is not waited for. */
async function readUpTo(answer: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break; // leaving the loop destroys the connection
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limit));
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function forbiddenAddress(host: string): ClusterError {
  return new ClusterError('invalid', `${host} leads to a link-local or metadata address`);
}

function asClusterError(error: unknown, url: URL, signal: AbortSignal): ClusterError {
  if (error instanceof ClusterError) return error;
  if (signal.aborted) return new ClusterError('timeout', `${url.origin} did not answer in time`);
  return new ClusterError('unreachable', `${url.origin}: ${error instanceof Error ? error.message : String(error)}`);
}
