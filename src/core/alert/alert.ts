import { fingerprintOf } from './fingerprint.ts';
import type { IntakeReason } from '../reasons.ts';
import { parseTimestamp } from '../timestamp.ts';

/** One alert of a webhook. Label sets have no prototype, so that no name is special. */
export interface Alert {
  /** 16 lower-case hex digits. */
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  /** Never an empty value: Alertmanager counts such a label as missing. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ms. */
  readonly startsAt: number;
  /** ms; null while it fires. */
  readonly endsAt: number | null;
  readonly generatorURL: string;
}

export interface RejectedAlert {
  readonly index: number;
  readonly reason: Extract<IntakeReason, 'invalid-alert' | 'alert-too-large'>;
  /** Names the place, e.g. `alerts[3].labels["pod"]: expected a string, found a number`. */
  readonly message: string;
}

export const alertLimits = { labelNameBytes: 1024, labelValueBytes: 4096, labels: 500, textBytes: 65_536 } as const;

/** One element of `alerts[]`, on its own: whatever is wrong with it concerns no other. Unknown fields are ignored. */
export function parseAlert(value: unknown, index: number): Alert | RejectedAlert {
  try {
    return readAlert(value, `alerts[${index}]`);
  } catch (error) {
    const { reason, message } = error as Rejection;
    return { index, reason, message };
  }
}

export function isRejected(alert: Alert | RejectedAlert): alert is RejectedAlert {
  return 'reason' in alert;
}

class Rejection extends Error {
  readonly reason: RejectedAlert['reason'];
  constructor(place: string, message: string, reason: RejectedAlert['reason'] = 'invalid-alert') {
    super(`${place}: ${message}`);
    this.reason = reason;
  }
}

function readAlert(value: unknown, place: string): Alert {
  const alert = readObject(value, place);
  const status = alert['status'];
  if (status !== 'firing' && status !== 'resolved')
    throw new Rejection(`${place}.status`, `expected "firing" or "resolved", found ${show(status)}`);
  const labels = readLabels(alert['labels'], `${place}.labels`);
  return {
    fingerprint: readFingerprint(alert['fingerprint'], labels, `${place}.fingerprint`),
    status,
    labels,
    annotations: readAnnotations(alert['annotations'], `${place}.annotations`),
    startsAt: readTime(alert['startsAt'], `${place}.startsAt`),
    endsAt: status === 'firing' ? null : readEnd(alert['endsAt'], `${place}.endsAt`),
    generatorURL: readURL(alert['generatorURL'], `${place}.generatorURL`),
  };
}

function readLabels(value: unknown, place: string): Record<string, string> {
  const labels = emptyRecord();
  const entries = Object.entries(readObject(value, place));
  if (entries.length > alertLimits.labels)
    throw new Rejection(place, `${entries.length} labels, at most ${alertLimits.labels} are taken`, 'alert-too-large');
  for (const [name, member] of entries) {
    const text = readText(member, place, name);
    demandBytes(name, alertLimits.labelNameBytes, place, name);
    demandBytes(text, alertLimits.labelValueBytes, place, name);
    if (name === '') throw new Rejection(place, 'a label has no name');
    if (text !== '') labels[name] = text;
  }
  if (Object.keys(labels).length === 0) throw new Rejection(place, 'expected at least one label with a value');
  return labels;
}

/** One that is too long is left out: what reads it is told that it is missing, and the alert is not lost for it. */
function readAnnotations(value: unknown, place: string): Record<string, string> {
  const annotations = emptyRecord();
  if (value === undefined || value === null) return annotations;
  for (const [name, member] of Object.entries(readObject(value, place))) {
    const text = readText(member, place, name);
    if (fits(name, alertLimits.labelNameBytes) && fits(text, alertLimits.textBytes)) annotations[name] = text;
  }
  return annotations;
}

/** What Alertmanager says goes, so that it can be asked about the alert under this name; only what is missing is computed. */
function readFingerprint(value: unknown, labels: Readonly<Record<string, string>>, place: string): string {
  if (value === undefined || value === null || value === '') return fingerprintOf(labels);
  if (typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)) return value;
  throw new Rejection(place, `expected 16 hex digits, found ${show(value)}`);
}

function readTime(value: unknown, place: string): number {
  const ms = typeof value === 'string' ? parseTimestamp(value) : null;
  if (ms === null) throw new Rejection(place, `expected an RFC 3339 time, found ${show(value)}`);
  return ms;
}

/** Alertmanager says year 1 where it has no time. */
const yearTwo = -62_104_060_800_000;

function readEnd(value: unknown, place: string): number {
  const ms = readTime(value, place);
  if (ms < yearTwo) throw new Rejection(place, 'a resolved alert must say when it ended');
  return ms;
}

function readURL(value: unknown, place: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' || !value.isWellFormed()) throw new Rejection(place, `expected a string, found ${show(value)}`);
  return fits(value, alertLimits.textBytes) ? value : '';
}

function readObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Rejection(place, `expected an object, found ${show(value)}`);
}

function readText(value: unknown, place: string, name: string): string {
  if (typeof value !== 'string') throw new Rejection(`${place}[${short(name)}]`, `expected a string, found ${show(value)}`);
  if (!value.isWellFormed() || !name.isWellFormed())
    throw new Rejection(`${place}[${short(name)}]`, 'half of a surrogate pair is no Unicode text');
  return value;
}

function demandBytes(text: string, limit: number, place: string, name: string): void {
  if (!fits(text, limit)) throw new Rejection(`${place}[${short(name)}]`, `longer than ${limit} bytes`, 'alert-too-large');
}

const encoder = new TextEncoder();

/** No character takes more than three bytes per code unit, so most texts need not be counted. */
function fits(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && encoder.encode(text).length <= bytes);
}

/** Null-prototype: `__proto__` is a name like any other. */
const emptyRecord = (): Record<string, string> => Object.create(null) as Record<string, string>;

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return short(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

function short(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text.toWellFormed());
}
