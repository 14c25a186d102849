import type { Brake } from '../brake.ts';
import { formatDuration } from '../duration.ts';
import type { HistoryFact } from '../facts.ts';
import { isEnded, type Run } from '../run.ts';
import { printable } from '../safe-text.ts';
import type { KnownAlert, SlotCover, WhyAnswer, WhyCase, WhySlot } from '../why.ts';
import { sentenceOfEffect, sentenceOfForgetful, sentenceOfState, sentenceOfVerdict } from '../words.ts';
import { linesOfRules } from './matching.ts';
import { sentenceOfReached, sentenceOfRefused } from './observed.ts';
import { clockInWords, durationInWords, sentence, timeInWords } from './say.ts';

/** One page of plain text that says why remediad did what it did, or nothing. */
export function linesOfWhy(answer: WhyAnswer): string[] {
  const { asked, cases, more, dryRun, forgetfulUntil, at } = answer;
  const installation = [
    ...(dryRun ? ['The whole installation only observes (--dry-run): nothing has an effect.'] : []),
    ...(forgetfulUntil === null ? [] : [sentenceOfForgetful(forgetfulUntil - at)]),
  ];
  const told = cases.flatMap((one) => ['', ...linesOfCase(one)]);
  const rest = more === 0 ? [] : ['', `${more} more: ask for a namespace/name, the id of a run or the fingerprint of an alert.`];
  const head =
    cases.length === 0 ? `Nothing is known of ${printable(asked)}.` : `What is known of ${printable(asked)}, ${timeInWords(at)}:`;
  return [head, ...installation, ...told, ...rest, ...(cases.length === 0 ? linesOfNothing(answer) : [])];
}

function linesOfCase({ alert, rules, slot }: WhyCase): string[] {
  const [rule = '', ...target] = (slot?.slot ?? '').split('|');
  const head = slot === null ? 'An alert without a run' : `Rule ${rule} on ${target.join('|')}${slot.dry ? ', only observing' : ''}`;
  return [
    `${head}: ${headline(alert, slot)}`,
    ...indented([
      alert === null ? startedBy(slot?.run ?? null) : sentenceOfAlert(alert),
      ...section('Rules as they are now', rules === null ? [] : linesOfRules(rules)),
      ...(slot === null ? [] : linesOfSlot(slot)),
    ]),
  ];
}

function startedBy(run: Run | null): string {
  if (run === null || run.trigger.kind === 'alert') return 'Its alert is not known any more.';
  return run.trigger.kind === 'schedule' ? 'Its schedule started it, not an alert.' : sentence(`Started by hand by ${run.trigger.id}`);
}

function headline(alert: KnownAlert | null, slot: WhySlot | null): string {
  if (slot !== null && slot.run !== null) return sentenceOfState(slot.run);
  if (alert?.status === 'not-matched') return 'it reached us, and no rule took it.';
  if (alert?.status === 'firing' && slot === null) return 'it fires, and no rule asks for it any more.';
  return 'no run of it is remembered.';
}

function sentenceOfAlert({ fingerprint, labels, status, startsAt, endsAt, lastSeen }: KnownAlert): string {
  const said = Object.entries(labels).map(([name, value]) => `${printable(name)}=${JSON.stringify(printable(value))}`);
  const since = `since ${timeInWords(startsAt)}`;
  const seen = lastSeen === null ? '' : `, last reported ${timeInWords(lastSeen)}`;
  const state = status === 'resolved' ? `resolved${endsAt === null ? '' : ` at ${timeInWords(endsAt)}`}` : `firing ${since}${seen}`;
  return `Alert ${fingerprint}, ${state}: {${said.join(', ')}}`;
}

function linesOfSlot({ run, dueAt, locks, cover, incident, now }: WhySlot): string[] {
  const live = run !== null && !isEnded(run.state);
  return [
    ...(run === null ? [] : linesOfRun(run, dueAt, locks)),
    ...(live || cover === null ? [] : [sentenceOfCover(cover)]),
    ...(incident === null ? [] : [sentence(`Incident ${incident.id} is ${incident.state}: ${incident.title}`)]),
    ...section('In the way of its next effect', now === null ? [] : [...now.brakes.map(sentenceOfBrake), ...linesOfHistory(now.history)]),
  ];
}

function linesOfRun(run: Run, dueAt: number | null, locks: readonly string[]): string[] {
  const looked = dueAt === null ? '' : `, looked at next at ${clockInWords(dueAt)}`;
  return [
    `Run ${run.id}, accepted ${timeInWords(run.acceptedAt)}${looked}: remediad runs show ${run.id}`,
    ...(run.end?.reached === undefined ? [] : [sentenceOfReached(run.end.reached)]),
    ...(run.approval === null ? [] : [sentence(`Its plan: ${run.approval.plan.describe}`)]),
    ...section('Effects', run.effects.map(sentenceOfEffect)),
    ...section('Verdicts of its last decision', run.verdicts.map(sentenceOfVerdict)),
    ...section('Refused on its way', (run.refused ?? []).map(sentenceOfRefused)),
    ...(locks.length === 0 ? [] : [`It holds the locks ${locks.join(', ')}.`]),
  ];
}

/** What an alert that fires on means for a slot without a live run (principle 2 of the design). */
function sentenceOfCover({ kind, at, run, incident }: SlotCover): string {
  const when = at === null ? '' : ` at ${timeInWords(at)}`;
  const by = run ?? 'its last run';
  switch (kind) {
    case 'succeeded':
      return `Covered: ${by} succeeded${when}; a report after that starts a new run.`;
    case 'resolved':
      return `Covered: ${by} found it resolved${when}; a report after that starts a new run.`;
    case 'observed':
      return `Covered: ${by} observed it${when}; only a new episode of the alert, or a rule that acts, starts another.`;
    case 'human':
      return `Covered: a human stopped ${by}${when}; it is left alone until the alert resolves and fires anew.`;
    case 'incident':
    case 'none':
      return incident === null
        ? 'Nothing covers it: if the alert fires, the next report or the auditor (every 60s) starts a new run.'
        : `Covered for as long as incident ${incident} is not resolved.`;
  }
}

function sentenceOfBrake({ scope, by, why, until }: Brake): string {
  return sentence(`Brake on ${scope} by ${by}${until === null ? '' : ` until ${timeInWords(until)}`}: ${why}`);
}

/** What is set and what is spent; that nothing is, is told too, for that is why somebody asks. */
function linesOfHistory({ locks, coolingUntil, targetCoolingUntil, budgets, memory, inFlight, forgetfulUntil }: HistoryFact): string[] {
  const full = inFlight.places.filter(({ max, acting, ahead }) => !inFlight.acts && max !== null && acting + ahead >= max);
  const lines = [
    ...full.map(({ key, max, acting, ahead }) => `${key}: ${acting} of ${max} runs act, ${ahead} come first.`),
    ...Object.entries(locks).map(([lock, holder]) => `${lock} is locked by ${holder}.`),
    ...(coolingUntil === null ? [] : [`Its cooldown lasts until ${timeInWords(coolingUntil)}.`]),
    ...(targetCoolingUntil === null ? [] : [`The target cools down from any rule's effect until ${timeInWords(targetCoolingUntil)}.`]),
    ...(forgetfulUntil === null ? [] : [`Nothing is begun until ${timeInWords(forgetfulUntil)}: the store may have forgotten.`]),
    ...(memory === null
      ? []
      : [
          `The ladder remembers rung ${memory.rung + 1} (${memory.outcome}, ${timeInWords(memory.endedAt)}), and ${memory.ineffective.length} runs that acted and did not help.`,
        ]),
  ];
  const clear = lines.length === 0 ? ['No lock, cooldown or memory.'] : lines;
  return [...clear, ...budgets.map(sentenceOfBudget)];
}

function sentenceOfBudget({ scope, used, max, perMs, freesAt }: HistoryFact['budgets'][number]): string {
  const full = used >= max && freesAt !== null ? `; spent until ${timeInWords(freesAt)}` : '';
  return `Budget (${scope}): ${used} of ${max} per ${formatDuration(perMs)} used${full}.`;
}

function linesOfNothing({ at, reach, asked }: WhyAnswer): string[] {
  const { lastWebhookAt, startedAt, lastReportAt, firing, unmatched } = reach;
  const ago = (time: number): string => `${durationInWords(at - time)} ago`;
  return [
    'No alert that fires names it in a label, no run of the last 7 days is about it, and it is not among the alerts that no rule took.',
    '',
    ...indented([
      lastWebhookAt === null
        ? `No webhook came to this process since it started, ${ago(startedAt)}.`
        : `The last webhook came ${ago(lastWebhookAt)}.`,
      lastReportAt === null ? 'No alert fires here.' : `${firing} alerts fire here; the last report of one came ${ago(lastReportAt)}.`,
      `${unmatched} alerts came since the start that no rule took.`,
      'What to check:',
      `  Does Alertmanager have it? amtool alert query --alertmanager.url=URL | grep ${JSON.stringify(asked)}`,
      '  Does a route lead it here? amtool config routes test --config.file=alertmanager.yml LABEL=VALUE …',
      '  Would a rule take it? remediad explain payload.json --config.file=remediad.yaml',
    ]),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...indented(lines)]);
