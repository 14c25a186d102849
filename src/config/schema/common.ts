import { z } from 'zod';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import type { Members } from '../../core/edition.ts';

/** Patterns are for editors, which know no more of a text; they let through whatever is read here. */
const durationPattern = String.raw`0|(?=\d)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?`;

/** `1h30m` → ms. */
export const duration = z
  .string({ error: 'must be a duration such as 5m' })
  .meta({ pattern: `^(?:${durationPattern})$` })
  .transform((text, context) => {
    try {
      return parseDuration(text);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: (error as Error).message,
        params: { code: 'bad-value', fix: 'write a duration such as 30s, 5m or 1h30m' },
      });
      return z.NEVER;
    }
  });

/** A duration within bounds, in ms. */
export function durationBetween(least: number, most: number) {
  return duration.refine((ms) => ms >= least && ms <= most, {
    error: `must last between ${formatDuration(least)} and ${formatDuration(most)}`,
  });
}

export const durationOrNever = z
  .string({ error: 'must be a duration such as 5m, or never' })
  .meta({ pattern: `^(?:never|${durationPattern})$` })
  .transform((text, context): number | 'never' => {
    if (text === 'never') return 'never';
    const parsed = duration.safeParse(text);
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: 'custom',
      message: parsed.error.issues[0]?.message ?? '',
      params: { code: 'bad-value', fix: 'write a duration such as 5m, or never' },
    });
    return z.NEVER;
  });

/** Names of rules, remediations, steps, policies, clusters. */
export const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, { error: 'must be a letter and then at most 62 letters, digits, "_" and "-"' });

export const labelName = z.string().min(1);

/** `66%` → 66. */
export const percentage = z
  .string({ error: 'must be a percentage such as 50%' })
  .regex(/^(?:100|[1-9]?\d)%$/, { error: 'must be a percentage such as 50%' })
  .transform((text) => Number(text.slice(0, -1)));

const membersWords = 'must be a number of members such as 2, or a percentage such as "66%"';

/** `2` or `66%`. */
export const members = z
  .union([z.int().min(0, { error: membersWords }), z.string().regex(/^(?:100|[1-9]?\d)%$/, { error: membersWords })], {
    error: membersWords,
  })
  .transform((value): Members => (typeof value === 'number' ? { count: value } : { percent: Number(value.slice(0, -1)) }));

/** Text with `${…}`. */
export const template = z.string().min(1);

/** CEL that is true or false, without `${…}`. */
export const condition = template.meta({ pattern: String.raw`^(?!\s*\$\{)` });

/** JSON with a template in every string. */
export const templates = z.record(z.string(), z.json());

/** Name of an action, check or collector. */
export const capability = z.string().regex(/^[\w-]+\/[\w-]+$/, { error: 'must look like kubernetes/delete-pod' });
