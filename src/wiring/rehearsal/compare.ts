import type { Verdict } from '../../core/decide.ts';
import { formatDuration } from '../../core/duration.ts';
import { isEnded } from '../../core/run.ts';
import { sentenceOfState, sentenceOfVerdict } from '../../core/words.ts';
import type { Account, RecordedEffect, RecordedIncident, RecordedMessage, RecordedRun } from './account.ts';
import type { Checkpoint } from './schema.ts';

/** Something that is not as the test expects it. */
export interface Failure {
  /** ms since the start of the test */
  readonly at: number;
  readonly what: 'runs' | 'effects' | 'incidents' | 'messages' | 'error';
  readonly expected: readonly Shown[];
  readonly got: readonly Shown[];
  /** Sentences: where the runs stand, and which guard refuses with what. */
  readonly why: readonly string[];
}

/** What is shown of one run, effect, incident or message, in the words of the file. */
export type Shown = Readonly<Record<string, unknown>>;

type Expected = { readonly [field: string]: unknown };

/** What was found, by the words of the file; of those that the expectation does not say, `always` are shown all the same. */
interface Found {
  readonly at: number;
  readonly names: readonly string[];
  readonly always: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every list of the checkpoint is the whole: what is not expected must not be there. */
export function compare(checkpoint: Checkpoint, account: Account): Failure[] {
  const { at, runs, effects, incidents, messages } = checkpoint;
  const lists = [
    ['runs', runs, account.runs.map(ofRun)],
    ['effects', effects, account.effects.map(ofEffect)],
    ['incidents', incidents, account.incidents.map(ofIncident)],
    ['messages', messages, account.messages.map(ofMessage)],
  ] as const;
  return lists.flatMap(([what, expected, found]) => {
    if (expected === undefined || matchesAll(expected, found)) return [];
    const got = found.map((one) => shownOf(one, expected));
    return [{ at, what, expected: expected.map(written), got, why: account.runs.flatMap(whyOf) }];
  });
}

function matchesAll(expected: readonly Expected[], found: readonly Found[]): boolean {
  return expected.length === found.length && expected.every((one, index) => matches(one, found[index]));
}

function matches(expected: Expected, found: Found | undefined): boolean {
  if (found === undefined) return false;
  return Object.entries(expected).every(([field, wanted]) => {
    if (wanted === undefined) return true;
    switch (field) {
      case 'after':
        return found.at >= Number(wanted);
      case 'by':
        return found.at <= Number(wanted);
      case 'target':
        return found.names.some((name) => name === wanted);
      case 'rule':
        return Array.isArray(found.fields['rule']) ? found.fields['rule'].includes(wanted) : found.fields['rule'] === wanted;
      default:
        return fits(wanted, found.fields[field]);
    }
  });
}

/** A map fits if each of its members does. A verdict may be told by its result alone. */
function fits(wanted: unknown, found: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) {
    return wanted === found || (typeof found === 'object' && found !== null && 'result' in found && found.result === wanted);
  }
  if (typeof found !== 'object' || found === null) return false;
  return Object.entries(wanted).every(([name, value]) => value === undefined || fits(value, (found as Record<string, unknown>)[name]));
}

/** The expectation in the words of the file. */
function written(expected: Expected): Shown {
  const entries = Object.entries(expected).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name === 'after' || name === 'by' ? formatDuration(Number(value)) : value]),
  );
}

/** What is shown of something found: what says which it is, and what any expectation asks for. */
function shownOf({ at, names, always, fields }: Found, expected: readonly Expected[]): Shown {
  const asked = expected.flatMap((one) => Object.keys(one).filter((name) => one[name] !== undefined));
  const wanted = new Set([...always, ...asked]);
  const shown: Record<string, unknown> = {};
  for (const name of wanted) {
    if (name === 'target') shown['target'] = names.at(-1);
    else if (name === 'after' || name === 'by') shown['at'] = formatDuration(at);
    else if (Object.hasOwn(fields, name)) shown[name] = narrowed(fields[name], name, expected);
  }
  return shown;
}

/** Of a map only the members that are asked for; of a verdict that does not refuse, its result alone. */
function narrowed(value: unknown, name: string, expected: readonly Expected[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const asked = new Set(expected.flatMap((one) => Object.keys((one[name] as object | undefined) ?? {})));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries([...asked].map((key) => [key, inShort(members[key])]));
}

function inShort(member: unknown): unknown {
  const isResult = typeof member === 'object' && member !== null && 'result' in member && Object.keys(member).length === 1;
  return isResult ? member.result : (member ?? 'not reached');
}

function ofRun({ at, names, run, decision, remediation, steps }: RecordedRun): Found {
  const { rule, state, priority, hold, end, verdicts } = run;
  const fields = {
    rule,
    state,
    reason: hold?.reason ?? end?.reason ?? null,
    would: end?.would ?? null,
    decision,
    guards: Object.fromEntries(verdicts.map((verdict) => [verdict.guard, ofVerdict(verdict)])),
    remediation,
    steps: Object.fromEntries(steps),
    priority,
  };
  return { at, names, always: ['rule', 'target', 'state', 'reason'], fields };
}

function ofVerdict(verdict: Verdict): unknown {
  if (verdict.result !== 'refuse') return { result: verdict.result };
  const { result, reason, have, need } = verdict;
  return { result, reason, have, need };
}

function ofEffect({ at, names, rule, effect: { action, result } }: RecordedEffect): Found {
  return { at, names, always: ['action', 'target', 'result', 'by'], fields: { action, rule, result } };
}

function ofIncident({ at, names, rules, incident: { reason, state, priority, policy } }: RecordedIncident): Found {
  return { at, names, always: ['reason', 'target', 'by'], fields: { reason, rule: rules, state, priority, policy: policy.name } };
}

function ofMessage({ at, names, message: { receiver, event, priority, report } }: RecordedMessage): Found {
  const { reason, rule } = report;
  return { at, names, always: ['receiver', 'event', 'by'], fields: { receiver, event, priority, reason, rule } };
}

/** Where a run stands, and what stands in its way. */
function whyOf({ names, run }: RecordedRun): string[] {
  const refusals = isEnded(run.state) && run.state === 'succeeded' ? [] : run.verdicts.filter(({ result }) => result === 'refuse');
  return [
    `${run.id} of ${run.rule} on ${names.at(-1) ?? ''}, ${run.state}: ${sentenceOfState(run)}`,
    ...refusals.map((verdict) => `  ${sentenceOfVerdict(verdict)}`),
  ];
}
