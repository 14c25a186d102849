import { z } from 'zod';
import { isRejected, parseAlert, type Alert, type RejectedAlert } from './alert.ts';

/** What Alertmanager posts, version 4. Group status, group labels and `groupKey` are not read: each alert speaks for itself. */
export interface Webhook {
  /** As Alertmanager writes it: a quoted regexp. For humans only. */
  readonly receiver: string;
  readonly externalURL: string;
  /** How many alerts Alertmanager cut off (`max_alerts`). */
  readonly truncatedAlerts: number;
  readonly alerts: readonly Alert[];
  readonly rejected: readonly RejectedAlert[];
}

/** The envelope is not what Alertmanager sends; the message names the place and the fix. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  /** `too-many` is a matter of size, for the sender to split; everything else is malformed. */
  readonly kind: 'malformed' | 'too-many';
  constructor(kind: WebhookError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export const maxAlerts = 10_000;

const Envelope = z.object(
  {
    version: z.literal('4', { error: 'must be "4": post Alertmanager\'s own webhook body (no `payload:` in webhook_configs)' }),
    alerts: z.array(z.unknown(), { error: 'must be a list of alerts' }),
    receiver: z.string({ error: 'must be a string' }).default(''),
    externalURL: z.string({ error: 'must be a string' }).default(''),
    truncatedAlerts: z.int({ error: 'must be a whole number' }).nonnegative({ error: 'must not be negative' }).default(0),
  },
  { error: 'the body must be a JSON object, as Alertmanager posts it' },
);

/** Reads a parsed body. Throws `WebhookError` for the envelope; a bad alert is only rejected. */
export function parseWebhook(body: unknown): Webhook {
  const envelope = Envelope.safeParse(body);
  if (!envelope.success)
    throw new WebhookError('malformed', envelope.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
  const { alerts: items, receiver, externalURL, truncatedAlerts } = envelope.data;
  if (items.length > maxAlerts) {
    throw new WebhookError(
      'too-many',
      `alerts: ${items.length} alerts in one body, at most ${maxAlerts} are taken: set max_alerts in webhook_configs`,
    );
  }
  const alerts: Alert[] = [];
  const rejected: RejectedAlert[] = [];
  for (const [index, item] of items.entries()) {
    const alert = parseAlert(item, index);
    if (isRejected(alert)) rejected.push(alert);
    else alerts.push(alert);
  }
  return { receiver, externalURL, truncatedAlerts, alerts, rejected };
}
