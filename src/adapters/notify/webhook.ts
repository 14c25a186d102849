import { createHmac } from 'node:crypto';
import type { Message } from '../../core/incident.ts';
import type { Clock } from '../../core/ports.ts';
import type { Sender, WebhookReceiver } from '../../core/receivers.ts';
import { postJson } from './post.ts';
import { readSecret } from './secret-file.ts';

/** Grows with every change that an existing reader of the body could misread. */
const VERSION = 1;

/**
 * The generic webhook. `Remediad-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256 over `<t>.<body>`: a reader checks it, refuses old `t`,
 * and takes an `Idempotency-Key` once.
 */
export function webhookSender(receiver: WebhookReceiver, clock: Clock): Sender {
  return {
    async send(message, signal) {
      const secret = await readSecret(receiver.secret_file);
      const body = JSON.stringify(bodyOf(message));
      const headers = {
        'remediad-signature': signatureOf(secret, Math.floor(clock.now() / 1000), body),
        'idempotency-key': message.id,
      };
      return postJson({ url: receiver.url, body, headers, secret, now: () => clock.now() }, signal);
    },
  };
}

function bodyOf({ event, dedupKey, incident, priority, report }: Message) {
  return { version: VERSION, event, dedupKey, incident, priority, report };
}

function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
