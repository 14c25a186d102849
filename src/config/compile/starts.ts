import type { Edition } from '../../core/edition.ts';
import { parseCron } from '../../core/schedule/cron.ts';
import type { Starts } from '../../core/schedule/starts.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import type { RuleDocument } from '../schema/rule.ts';
import type { YamlSource } from '../yaml-source.ts';
import { whyNoTarget } from './target.ts';

/** A tick that is later than this was missed, unless `on_missed: run_once` says otherwise. */
const ON_TIME_MS = 60_000;
/** How late a missed tick starts its run where nothing else is said. */
const RUN_ONCE_MS = 3_600_000;

/** What starts the rule's runs besides alerts. A key that goes with none of the others, and a rule that nothing starts, is told. */
export function compileStarts(document: RuleDocument, source: YamlSource, path: readonly PathSegment[], problems: Problem[]): Starts {
  const { schedule, timezone, on_missed: onMissed, starting_deadline: deadline, manual, labels } = document;
  const tell = (code: ProblemCode, key: string, message: string, fix: string) =>
    problems.push(source.problem(code, [...path, key], message, fix));
  for (const [key, name, wants] of oddKeys(document)) {
    tell('missing-key', key, `${name} without ${wants}`, `add ${wants}, or remove "${key}"`);
  }
  if (document.matchers === undefined && schedule === undefined && !manual) {
    const fix = 'add one under "matchers", e.g. alertname="NodeDown"; or start it by "schedule", or by hand with manual: true';
    tell('no-matcher', 'matchers', 'the rule has no matcher, and nothing else starts it', fix);
  }
  if (document.matchers !== undefined && schedule !== undefined) {
    tell('bad-value', 'schedule', 'a rule is started by alerts or by a schedule, not by both', 'write two rules, or remove one of the two');
  }
  if (schedule === undefined) return { schedule: null, manual, labels: labels ?? {} };
  const startWithinMs = onMissed === 'run_once' ? (deadline ?? RUN_ONCE_MS) : ON_TIME_MS;
  return {
    schedule: { text: schedule, cron: parseCron(schedule), timezone: timezone ?? 'UTC', startWithinMs },
    manual,
    labels: labels ?? {},
  };
}

/** No alert says what a tick is about. */
export function checkScheduledTarget(
  edition: Edition,
  { schedule, labels }: Starts,
  source: YamlSource,
  path: readonly PathSegment[],
  problems: Problem[],
): void {
  const why = schedule === null ? null : whyNoTarget(edition, labels);
  if (why === null) return;
  const fix = 'write the target out, or add what it reads under "labels"';
  const place = Object.keys(labels).length === 0 ? 'target' : 'labels';
  problems.push(source.problem('no-label', [...path, place], `no alert gives a scheduled run its labels: ${why}`, fix));
}

function oddKeys(document: RuleDocument): (readonly [key: string, name: string, wants: string])[] {
  const { schedule, timezone, on_missed: onMissed, starting_deadline: deadline, manual, labels } = document;
  const odd: (readonly [string, string, string])[] = [];
  if (timezone !== undefined && schedule === undefined) odd.push(['timezone', 'a time zone', '"schedule"']);
  if (onMissed !== undefined && schedule === undefined) odd.push(['on_missed', 'on_missed', '"schedule"']);
  if (deadline !== undefined && onMissed !== 'run_once') odd.push(['starting_deadline', 'a starting deadline', 'on_missed: run_once']);
  if (labels !== undefined && schedule === undefined && !manual) odd.push(['labels', 'labels', '"schedule" or manual: true']);
  return odd;
}
