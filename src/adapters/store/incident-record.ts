import type { Redis } from 'ioredis';
import type { EscalationPolicy } from '../../core/edition.ts';
import { PRIORITIES } from '../../core/edition.ts';
import type { Incident, Message } from '../../core/incident.ts';
import { isReason, type Reason } from '../../core/reasons.ts';
import { StoreError } from '../../core/store.ts';
import { number, object, oneOf, optionalNumber, optionalText, text } from './decode.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';

const STATES = ['open', 'acknowledged', 'resolved'] as const;

/** null = there is none, or it was forgotten. */
export async function readIncident(redis: Redis, keys: Keys, id: string): Promise<Incident | null> {
  const [fields, runs, targets] = await Promise.all([
    answered(redis.hgetall(keys('inc', id))),
    answered(redis.zrange(keys('inc', id, 'runs'), '0', '-1')),
    answered(redis.zrange(keys('inc', id, 'targets'), '0', '-1')),
  ]);
  if (fields['state'] === undefined) return null;
  return {
    id,
    key: text(fields['key']),
    state: oneOf(STATES, fields['state']),
    priority: oneOf(PRIORITIES, fields['priority']),
    title: text(fields['title']),
    reason: reason(fields['reason']),
    openedAt: number(fields['openedAt']),
    changedAt: number(fields['changedAt']),
    acknowledgedBy: optionalText(fields['acknowledgedBy']),
    snoozedUntil: optionalNumber(fields['snoozedUntil']),
    policy: object<EscalationPolicy>(fields['policy']),
    step: number(fields['step']),
    repeats: number(fields['repeats']),
    runs,
    targets,
    clearSince: optionalNumber(fields['clearSince']),
  };
}

function reason(value: unknown): Reason {
  const word = text(value);
  if (!isReason(word)) throw new StoreError('protocol', `an incident has the reason ${word}, which does not exist`);
  return word;
}

/** `dedupKey` tells installations that share a receiver apart. */
export function messageFrom(installation: string, fields: Readonly<Record<keyof Message, unknown>>): Message {
  const incident = text(fields.incident);
  return {
    id: text(fields.id),
    receiver: text(fields.receiver),
    event: oneOf(['trigger', 'acknowledge', 'resolve'], fields.event),
    incident,
    dedupKey: `${installation}/${incident}`,
    priority: oneOf(PRIORITIES, fields.priority),
    report: object(fields.report),
    attempts: number(fields.attempts),
    createdAt: number(fields.createdAt),
  };
}
