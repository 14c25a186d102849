import type { Clock } from '../../core/ports.ts';
import type { Receiver, Sender, SendResult } from '../../core/receivers.ts';
import { pagerdutySender } from './pagerduty.ts';
import { webhookSender } from './webhook.ts';

/** One line for each type of receiver. */
function createSender(receiver: Receiver, clock: Clock): Sender {
  switch (receiver.type) {
    case 'pagerduty':
      return pagerdutySender(receiver, clock);
    case 'webhook':
      return webhookSender(receiver, clock);
  }
}

/** Senders by the name of their receiver. */
export function createSenders(receivers: readonly Receiver[], clock: Clock): ReadonlyMap<string, Sender> {
  return new Map(receivers.map((receiver) => [receiver.name, calm(createSender(receiver, clock))]));
}

/** A secret that cannot be read now may be there in a minute: it is a reason to try again, not to break the worker. */
function calm(sender: Sender): Sender {
  return {
    async send(message, signal): Promise<SendResult> {
      try {
        return await sender.send(message, signal);
      } catch (error) {
        return { kind: 'retry', reason: 'other', message: (error as Error).message, retryAfterMs: null };
      }
    },
  };
}
