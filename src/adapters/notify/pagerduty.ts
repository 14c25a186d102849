import { createHash } from 'node:crypto';
import type { Message } from '../../core/incident.ts';
import type { Priority } from '../../core/edition.ts';
import type { Clock } from '../../core/ports.ts';
import type { PagerdutyReceiver, Sender } from '../../core/receivers.ts';
import { cut } from '../../core/safe-text.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { sentenceOfVerdict, timeInWords } from '../../core/words.ts';
import { postJson } from './post.ts';
import { readSecret } from './secret-file.ts';

/** Limits of the Events API v2. */
const MAX_SUMMARY = 1024;
const MAX_DEDUP_KEY = 255;
/** It takes 512 KB; some room is left for what a proxy may add. */
const MAX_BODY_BYTES = 500_000;

const severity: Readonly<Record<Priority, string>> = { P0: 'critical', P1: 'error', P2: 'warning', P3: 'info' };

/** PagerDuty, Events API v2: all events of an incident carry one `dedup_key`, so that a repeat is no second incident there. */
export function pagerdutySender(receiver: PagerdutyReceiver, clock: Clock): Sender {
  return {
    async send(message, signal) {
      const secret = await readSecret(receiver.routing_key_file);
      return postJson({ url: receiver.url, body: eventOf(message, secret), headers: {}, secret, now: () => clock.now() }, signal);
    },
  };
}

/** The event as JSON within the limits: of what is too long, the least telling details go first. */
export function eventOf(message: Message, routingKey: string): string {
  const head = { routing_key: routingKey, event_action: message.event, dedup_key: dedupKeyOf(message.dedupKey) };
  if (message.event !== 'trigger') return JSON.stringify(head);
  const details: Record<string, unknown> = detailsOf(message);
  const event = { ...head, client: 'remediad', links: message.report.links, payload: { ...payloadOf(message), custom_details: details } };
  for (const detail of ['annotations', 'labels', 'checks', 'evidence', 'tried', 'refusals']) {
    if (Buffer.byteLength(JSON.stringify(event)) <= MAX_BODY_BYTES) break;
    details[detail] = 'left out: too long';
  }
  return JSON.stringify(event);
}

function payloadOf({ report, priority }: Message) {
  return {
    summary: cut(report.title, MAX_SUMMARY),
    source: report.target,
    severity: severity[priority],
    timestamp: formatTimestamp(report.firedAt),
    component: report.target,
    group: report.labels['namespace'] ?? report.labels['cluster'] ?? report.rule,
    class: report.rule,
  };
}

function detailsOf({ incident, priority, report }: Message) {
  const refusals = report.verdicts.filter((verdict) => verdict.result === 'refuse');
  const others = report.verdicts.filter((verdict) => verdict.result !== 'refuse');
  return {
    incident,
    priority,
    ...(report.team ? { team: report.team } : {}),
    what: report.summary,
    reason: report.reason,
    why: report.reasonText,
    tried: report.tried.map(({ what, result, at }) => `${timeInWords(at)} ${what}: ${result}`),
    refusals: refusals.map(sentenceOfVerdict),
    checks: others.map(sentenceOfVerdict),
    evidence: report.evidence,
    commands: Object.fromEntries(report.commands.map(({ text, command }) => [text, command])),
    labels: report.labels,
    annotations: report.annotations,
  };
}

/** A key that is too long keeps its beginning, for humans, and stays one key by its hash. */
function dedupKeyOf(key: string): string {
  if (key.length <= MAX_DEDUP_KEY) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, MAX_DEDUP_KEY - hash.length - 1)}-${hash}`;
}
