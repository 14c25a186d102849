import type { Run } from './run.ts';
import { formatMatcher } from './matcher.ts';

/** Where this installation and its neighbours are reached by a human's browser; null = not configured, and then there is no such link. */
export interface LinkConfig {
  /** `global.external_url`. */
  readonly externalUrl: string | null;
  /** Alertmanager's own page. */
  readonly alertmanagerUrl: string | null;
}

export interface Link {
  readonly text: string;
  readonly href: string;
}

/** Absolute URL of a run; null without `external_url`. */
export function runUrl(config: LinkConfig, run: string): string | null {
  return under(config.externalUrl, `/api/v1/runs/${encodeURIComponent(run)}`);
}

/** The incident itself, known only once it was opened; none for what has no record, like the emergency message. */
export function incidentLinks(config: LinkConfig, incident: string): Link[] {
  const known = /^i-[0-9a-f]+$/.test(incident);
  return made([['incident', known ? under(config.externalUrl, `/api/v1/incidents/${incident}`) : null]]);
}

/** A new silence with a matcher for every label, to be looked at and confirmed by a human. */
export function silenceUrl(config: LinkConfig, labels: Readonly<Record<string, string>>): string | null {
  const matchers = Object.entries(labels).map(([name, value]) => formatMatcher({ name, op: '=', value }));
  return under(config.alertmanagerUrl, `/#/silences/new?filter=${encodeURIComponent(`{${matchers.join(', ')}}`)}`);
}

/** The alert at its source: what Prometheus sent as `generatorURL`; null where that is no web address. */
export function alertUrl(generatorURL: string): string | null {
  return webUrl(generatorURL)?.href ?? null;
}

/** The expression of the alert drawn over the last hours; null where the generator is not Prometheus' expression page. */
export function graphUrl(generatorURL: string): string | null {
  const url = webUrl(generatorURL);
  if (url === null || !url.searchParams.has('g0.expr')) return null;
  url.searchParams.set('g0.tab', '0');
  url.searchParams.set('g0.range_input', '3h');
  return url.href;
}

/** Browsers and mail programs cut what is longer; half a link is worse than none. */
const MAX_LENGTH = 4000;

/** All links of a report, those that cannot be made left out. */
export function linksOf(run: Run, config: LinkConfig): Link[] {
  return made([
    ['run', runUrl(config, run.id)],
    ['alert', alertUrl(run.generatorURL)],
    ['graph', graphUrl(run.generatorURL)],
    ['silence', run.trigger.kind === 'alert' ? silenceUrl(config, run.labels) : null],
  ]);
}

/** The links of an alert that has no run. */
export function silenceLinks(labels: Readonly<Record<string, string>>, config: LinkConfig): Link[] {
  return made([['silence', silenceUrl(config, labels)]]);
}

function made(links: readonly (readonly [string, string | null])[]): Link[] {
  return links.flatMap(([text, href]) => (href === null || href.length > MAX_LENGTH ? [] : [{ text, href }]));
}

export interface CommandLine {
  readonly text: string;
  readonly command: string;
}

export const statusCommand: CommandLine = { text: 'see everything that runs', command: 'remediad status' };

/** Commands to copy into a POSIX shell, as they stand. */
export function commandsOf(run: Run): CommandLine[] {
  const scope = `target:${run.target.key}`;
  return [
    { text: 'see what was done and why', command: shell('remediad', 'runs', 'show', run.id) },
    { text: 'stop remediad on this target', command: shell('remediad', 'pause', scope, '--why', `by hand, see ${run.id}`) },
    { text: 'let it go on', command: shell('remediad', 'resume', scope) },
    statusCommand,
  ];
}

/** One command line; every word that a shell could read otherwise is quoted. */
export function shell(...words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');
}

/** `path` below `base`, whose own path is kept (`--web.external-url` may have a prefix). */
function under(base: string | null, path: string): string | null {
  const url = base === null ? null : webUrl(base);
  return url === null ? null : `${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`;
}

/** http and https alone: a label may hold `javascript:…`. */
function webUrl(text: string): URL | null {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}
