import type { Edition, Priority } from './edition.ts';
import type { Report } from './incident.ts';
import type { Reason } from './reasons.ts';
import type { Run } from './run.ts';
import type { Verdict } from './decide.ts';
import { commandsOf, linksOf, silenceLinks, statusCommand, type LinkConfig } from './links.ts';
import { cut, printable, redactLines, redactRecord, safeText } from './safe-text.ts';
import { durationInWords, resultOfEffect, sentenceOfReason, sentenceOfState, sentenceOfTrigger, timeInWords } from './words.ts';
import { isEnded } from './run.ts';

/** Bounds of a report, so that every receiver can carry it (PagerDuty takes 512 KB) and a human can read it. */
export const REPORT_LIMITS = {
  tried: 20,
  verdicts: 40,
  evidence: 10,
  labels: 64,
  text: 500,
  line: 300,
  title: 200,
  summary: 2000,
} as const;

/** What a human who is woken needs to know. Every foreign text in it is redacted, printable and cut. */
export function reportOf(run: Run, edition: Edition, reason: Reason, detail: string, links: LinkConfig): Report {
  const subject = run.labels['alertname'] ?? run.rule;
  const said = safeText(detail, REPORT_LIMITS.text);
  return {
    title: safeText(`${run.priority} ${subject} on ${run.target.key}: ${reason}`, REPORT_LIMITS.title),
    summary: cut(summaryOf(run, edition, reason, said), REPORT_LIMITS.summary),
    rule: run.rule,
    team: edition.rule.team ?? '',
    target: printable(run.target.key),
    reason,
    reasonText: sentenceOfReason(reason, said),
    labels: safeRecord(run.labels),
    annotations: safeRecord(run.annotations),
    firedAt: firedAt(run),
    tried: triedBy(run, edition),
    verdicts: boundVerdicts(run.verdicts),
    evidence: evidenceOf(run),
    links: linksOf(run, links),
    commands: commandsOf(run),
  };
}

/** A firing alert that no run stands for. */
export interface LoneAlert {
  readonly rule: string;
  readonly target: string;
  readonly priority: Priority;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
}

export function reportOfAlert(alert: LoneAlert, reason: Reason, detail: string, links: LinkConfig): Report {
  const said = sentenceOfReason(reason, safeText(detail, REPORT_LIMITS.text));
  return {
    ...bare(`${alert.priority} ${alert.labels['alertname'] ?? alert.rule} on ${alert.target}: ${reason}`, reason, said, alert.startsAt),
    rule: printable(alert.rule),
    target: printable(alert.target),
    labels: safeRecord(alert.labels),
    annotations: safeRecord(alert.annotations),
    links: silenceLinks(alert.labels, links),
  };
}

/** About this installation itself. `since` is when the trouble began. */
export function reportOfInstallation(
  installation: string,
  reason: Reason,
  detail: string,
  since: number,
  priority: Priority = 'P1',
): Report {
  const said = sentenceOfReason(reason, safeText(detail, REPORT_LIMITS.text));
  return { ...bare(`${priority} remediad ${installation}: ${reason}`, reason, said, since), target: installation };
}

function bare(title: string, reason: Reason, said: string, firedAt: number): Report {
  const empty = { rule: '', team: '', target: '', labels: {}, annotations: {}, tried: [], verdicts: [], evidence: [], links: [] };
  return {
    ...empty,
    title: safeText(title, REPORT_LIMITS.title),
    summary: `${said} Since ${timeInWords(firedAt)}.`,
    reason,
    reasonText: said,
    firedAt,
    commands: [statusCommand],
  };
}

function summaryOf(run: Run, edition: Edition, reason: Reason, detail: string): string {
  const done = run.effects.filter((effect) => effect.result === 'done').length;
  const unknown = run.effects.filter((effect) => effect.result === 'unknown' || effect.result === 'intent').length;
  const effects = `${plural(done, 'effect')} done${unknown === 0 ? '' : `, ${unknown} of which nobody can tell`}`;
  const rungs = `${run.tried.length} of ${plural(edition.ladder.length, 'rung')} tried`;
  const fired =
    run.trigger.kind === 'alert'
      ? `It fired ${durationInWords(Math.max(0, run.since - firedAt(run)))} before.`
      : sentenceOfTrigger(run.trigger);
  const now = isEnded(run.state) ? '' : ` remediad goes on: ${safeText(sentenceOfState(run), REPORT_LIMITS.text)}`;
  return `${sentenceOfReason(reason, detail)} ${effects}, ${rungs}. ${fired}${now}`;
}

/** When the alert began to fire: of several episodes, the oldest that still fires. */
function firedAt(run: Run): number {
  const episodes = Object.values(run.episodes);
  const firing = episodes.filter((episode) => episode.status === 'firing');
  const starts = (firing.length > 0 ? firing : episodes).map((episode) => episode.startsAt);
  return starts.length === 0 ? run.acceptedAt : Math.min(...starts);
}

function triedBy(run: Run, edition: Edition): Report['tried'] {
  const effects = run.effects.map((effect) => ({ what: effect.describe, result: resultOfEffect(effect), at: effect.at }));
  const rungs = run.tried.map(({ rung, remediation, outcome, detail, at }) => ({
    what: `rung ${rung + 1} of ${edition.ladder.length}, ${remediation}`,
    result: detail === '' ? outcome : `${outcome}: ${detail}`,
    at,
  }));
  // An action's output repeats its effect; a skipped step was not tried.
  const steps = Object.entries(run.outputs)
    .filter(([, { result }]) => result === 'ok' || result === 'failed' || result === 'unknown')
    .map(([path, output]) => ({ what: `step ${path}`, result: `${output.result}: ${output.message}`, at: output.at }));
  return [...effects, ...rungs, ...steps]
    .toSorted((a, b) => a.at - b.at)
    .slice(-REPORT_LIMITS.tried)
    .map(({ what, result, at }) => ({ what: safe(what), result: safe(result), at }));
}

/** All verdicts in the order of the guards; if there are too many, the refusals stay. */
function boundVerdicts(verdicts: readonly Verdict[]): Verdict[] {
  const max = REPORT_LIMITS.verdicts;
  const refusals = verdicts.filter((verdict) => verdict.result === 'refuse');
  const kept = verdicts.length <= max ? verdicts : refusals.slice(0, max);
  return kept.map(safeVerdict);
}

const safe = (text: string): string => safeText(text, REPORT_LIMITS.text);

function safeVerdict(verdict: Verdict): Verdict {
  switch (verdict.result) {
    case 'pass':
      return {
        ...verdict,
        ...(verdict.have === undefined ? {} : { have: safe(verdict.have) }),
        ...(verdict.need === undefined ? {} : { need: safe(verdict.need) }),
      };
    case 'n/a':
      return { ...verdict, why: safe(verdict.why) };
    case 'refuse':
      return { ...verdict, have: safe(verdict.have), need: safe(verdict.need), clears: safe(verdict.clears) };
  }
}

/** The last lines of every piece of evidence, each with its fair share, in the order in which they were gathered. */
function evidenceOf(run: Run): string[] {
  const lines = run.evidence.flatMap(({ path, excerpt }, piece) => {
    const told = redactLines(excerpt).filter((line) => line.trim() !== '');
    return told.map((line, index) => ({ text: `${path}: ${line}`, piece, index, fromEnd: told.length - index }));
  });
  return lines
    .toSorted((a, b) => a.fromEnd - b.fromEnd)
    .slice(0, REPORT_LIMITS.evidence)
    .toSorted((a, b) => a.piece - b.piece || a.index - b.index)
    .map(({ text }) => cut(printable(text), REPORT_LIMITS.line));
}

function safeRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(redactRecord(record)).slice(0, REPORT_LIMITS.labels);
  return Object.fromEntries(entries.map(([name, text]) => [cut(printable(name), 128), cut(printable(text), REPORT_LIMITS.text)]));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
