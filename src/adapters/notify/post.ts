import { safeText } from '../../core/safe-text.ts';
import type { SendResult } from '../../core/receivers.ts';

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Never repeated in a result, whatever the server answers. */
  readonly secret: string;
  /** ms since the epoch, to read a Retry-After that is a date. */
  readonly now: () => number;
}

/** How much of an answer is read, to tell a human why it was refused. */
const MAX_ANSWER = 2048;

/** One POST of JSON. Answers what it means for the message; never throws, never follows a redirect. */
export async function postJson(request: PostRequest, signal: AbortSignal): Promise<SendResult> {
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'remediad', ...request.headers },
      body: request.body,
      signal,
    });
    if (response.ok) {
      await response.body?.cancel();
      return { kind: 'delivered' };
    }
    const said = await startOf(response);
    return refused(response, safeText(said.replaceAll(request.secret, '<secret>'), 200), request.now());
  } catch (error) {
    if (signal.aborted) return { kind: 'retry', reason: 'timeout', message: 'no answer in time', retryAfterMs: null };
    return { kind: 'retry', reason: 'unreachable', message: `not reached: ${codeOf(error)}`, retryAfterMs: null };
  }
}

function refused(response: Response, said: string, now: number): SendResult {
  const { status } = response;
  const message = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  if (status >= 500) return { kind: 'retry', reason: 'server-error', message, retryAfterMs: retryAfterMs(response, now) };
  if (status === 429) return { kind: 'retry', reason: 'rate-limited', message, retryAfterMs: retryAfterMs(response, now) };
  if (status === 408) return { kind: 'retry', reason: 'timeout', message, retryAfterMs: retryAfterMs(response, now) };
  if (status >= 400) return { kind: 'give-up', reason: 'client-error', message };
  return { kind: 'give-up', reason: 'other', message: `${message} (redirects are not followed)` };
}

/** Seconds, or a date. */
function retryAfterMs(response: Response, now: number): number | null {
  const text = response.headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

async function startOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MAX_ANSWER) break;
  }
  return text.slice(0, MAX_ANSWER);
}

/** `ECONNREFUSED` and its like; the words of an error may name the address. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}
