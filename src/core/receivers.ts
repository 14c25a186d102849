import { z } from 'zod';
import type { Message } from './incident.ts';
import type { DeliveryFailure } from './ports.ts';

/**
 * Who can be told. The same schema reads `receivers:` and types the senders. Secrets come from files, which are read anew for each message;
 * fields that end in `_file` are paths, relative to the file that names them.
 */
const webAddress = z
  .string()
  .refine(isWebAddress, 'must be an http or https address without user, password and fragment')
  .describe('http or https address; redirects are not followed');

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'must be 1 to 63 letters, digits, `.`, `_` or `-`')
  .describe('what escalation policies call it');

export const webhookReceiverSchema = z.strictObject({
  name,
  type: z.literal('webhook'),
  url: webAddress,
  secret_file: z.string().min(1).describe('file with the key that signs each message (HMAC-SHA256)'),
});

export const pagerdutyReceiverSchema = z.strictObject({
  name,
  type: z.literal('pagerduty'),
  routing_key_file: z.string().min(1).describe('file with the integration key of an Events API v2 integration'),
  url: webAddress.default('https://events.pagerduty.com/v2/enqueue'),
});

export const receiverSchema = z.discriminatedUnion('type', [webhookReceiverSchema, pagerdutyReceiverSchema]);

export type WebhookReceiver = z.infer<typeof webhookReceiverSchema>;
export type PagerdutyReceiver = z.infer<typeof pagerdutyReceiverSchema>;
export type Receiver = z.infer<typeof receiverSchema>;

/** Every field of a receiver that ends in `_file`: the files that hold its secrets. */
export const secretFilesOf = (receiver: Receiver): string[] =>
  Object.entries(receiver).flatMap(([field, value]) => (field.endsWith('_file') ? [value] : []));

/** What came of one try to deliver. Messages never hold a secret or an address: a webhook's address is a secret more often than not. */
export type SendResult =
  | { readonly kind: 'delivered' }
  /** `retryAfterMs`: what the receiver asked for; null = it did not say. */
  | { readonly kind: 'retry'; readonly reason: DeliveryFailure; readonly message: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'give-up'; readonly reason: DeliveryFailure; readonly message: string };

/** Delivers to one receiver; never throws, ends by the signal at the latest. The same message may be sent twice, and must merge then. */
export interface Sender {
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return url.username === '' && url.password === '' && url.hash === '';
}
