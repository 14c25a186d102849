import type { EditionRule } from '../edition.ts';
import type { Schedule } from './ticks.ts';

/** What starts runs of a rule besides alerts. No part of its edition: what a run does once it was started does not depend on it. */
export interface Starts {
  readonly schedule: Schedule | null;
  /** A human may start it. */
  readonly manual: boolean;
  /** What a run that no alert started reads as `labels`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The labels of a run that no alert started: what the rule's matchers demand, what it gives itself, and what a human gave; the last one counts. */
export function labelsOf(
  { labels }: Pick<Starts, 'labels'>,
  { matchers }: Pick<EditionRule, 'matchers'>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const demanded = matchers.flatMap(({ name, op, value }) => (op === '=' && value !== '' ? [[name, value] as const] : []));
  return { ...Object.fromEntries(demanded), ...labels, ...given };
}
