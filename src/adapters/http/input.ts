import { z } from 'zod';
import { ApiError } from './envelope.ts';

/** Query, path or body of a request, checked; the refusal names each parameter that is wrong. */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => (path[0] === undefined ? message : `${String(path[0])}: ${message}`));
  throw new ApiError('bad_data', faults.slice(0, 5).join('; '));
}

/** A whole number in a query. */
export function integer(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string({ error: message })
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((number) => number >= least && number <= most, message);
}

/** `a,b` or a parameter given several times. */
export function list<const W extends readonly [string, ...string[]]>(words: W) {
  return z
    .union([z.string(), z.array(z.string())], { error: 'must be a text' })
    .transform((value) => [value].flat().flatMap((part) => part.split(',')))
    .pipe(z.array(z.enum(words, `must be one of ${words.join(', ')}`)));
}

/** A line of text by a human. */
export function line(most: number) {
  const message = `must be a line of 1 to ${most} characters`;
  return z
    .string({ error: message })
    .trim()
    .min(1, message)
    .max(most, message)
    .regex(/^\P{Cc}*$/u, message);
}

export const runId = z.string().regex(/^r-[0-9a-f]{1,16}$/, 'must be the id of a run, e.g. r-1f');
export const incidentId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be the id of an incident');
