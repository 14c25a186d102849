import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Outcome } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import { wordsOf, type Call } from './call.ts';

/** An answer of the API server, read to its end or to the limit. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whole characters only, where the limit cut it. */
  readonly text: string;
}

/** What the API server says in place of an object. https://github.com/kubernetes/community: api-conventions, Response Status Kind. */
const Status = z.object({
  kind: z.literal('Status'),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).nullish(),
    })
    .nullish(),
});
export type Status = z.infer<typeof Status>;

/** null = the API server itself did not say this: a proxy in between, or the pod behind one. */
export function statusOf({ text }: Pick<Answer, 'text'>): Status | null {
  return Status.safeParse(jsonOf(text)).data ?? null;
}

/** The object in the answer. Throws `ClusterError` when it has another shape: whoever answers so is no Kubernetes API that we know. */
export function objectIn<T>(schema: z.ZodType<T>, call: Call, { text }: Pick<Answer, 'text'>): T {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new ClusterError('unreachable', `the answer to ${wordsOf(call)} is no Kubernetes object${where}: ${issue?.message ?? ''}`);
}

/** The object does not exist. A 404 of anybody but the API server says nothing about objects. */
export function isAbsent(answer: Answer): boolean {
  return answer.status === 404 && statusOf(answer)?.reason === 'NotFound';
}

/** Why a read was not answered with what was asked for. */
export function readError(call: Call, answer: Answer): ClusterError {
  const what = wordsOf(call);
  const told = messageOf(answer);
  switch (answer.status) {
    case 401:
      return new ClusterError('unauthenticated', `${what}: the API server does not know these credentials (401): ${told}`);
    case 403:
      return new ClusterError('forbidden', `${what}: not permitted: ${told}`);
    case 429:
      return new ClusterError('overloaded', `${what}: the API server has too much to do (429): ${told}`);
    case 410:
      // A list of several pages that took too long: from its beginning it can be read again.
      return new ClusterError('unreachable', `${what}: ${told}`);
    case 404:
      // Without its own word it is not the API server that knows of no such object.
      return new ClusterError(isAbsent(answer) ? 'invalid' : 'unreachable', `${what}: ${told}`);
    default:
      return answer.status >= 500 || answer.status < 400
        ? new ClusterError('unreachable', `${what}: the API server answered ${answer.status}: ${told}`)
        : new ClusterError('invalid', `${what}: refused (${answer.status}): ${told}`);
  }
}

/** What an answer other than 2xx to a write means for the world. Whatever is not a refusal for sure is unknown. */
export function refusalOf(call: Call, answer: Answer): Outcome {
  const what = wordsOf(call);
  const message = `${what}: ${messageOf(answer)}`;
  const unknown: Outcome = { kind: 'unknown', message: `${what}: the API server answered ${answer.status}: ${messageOf(answer)}` };
  const status = statusOf(answer);
  if (answer.status === 401) return { kind: 'rejected', reason: 'not-permitted', message: readError(call, answer).message };
  // What somebody else on the way says is no word of the API server's.
  if (status === null) return unknown;
  switch (answer.status) {
    case 403:
      return { kind: 'rejected', reason: 'not-permitted', message };
    case 404:
      return isAbsent(answer) ? { kind: 'rejected', reason: 'gone', message } : unknown;
    case 409:
      return { kind: 'rejected', reason: 'conflict', message };
    case 400:
    case 422:
      return { kind: 'rejected', reason: 'invalid', message };
    case 429:
      return isDisruptionBudget(status) ? { kind: 'rejected', reason: 'disruption-budget', message } : unknown;
    default:
      return unknown;
  }
}

function isDisruptionBudget({ details }: Status): boolean {
  return (details?.causes ?? []).some(({ reason }) => reason === 'DisruptionBudget');
}

function messageOf(answer: Answer): string {
  return statusOf(answer)?.message ?? answer.text.trim().slice(0, 200);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
