import { incidentLinks, type LinkConfig } from '../../core/links.ts';
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

const noLinks: LinkConfig = { externalUrl: null, alertmanagerUrl: null };

/** Senders by the name of their receiver. */
export function createSenders(receivers: readonly Receiver[], clock: Clock, links = noLinks): ReadonlyMap<string, Sender> {
  return new Map(receivers.map((receiver) => [receiver.name, dressed(createSender(receiver, clock), links)]));
}

/** With the link to the incident. A secret that cannot be read now may be there in a minute: a reason to try again, not to break the worker. */
function dressed(sender: Sender, links: LinkConfig): Sender {
  return {
    async send(message, signal): Promise<SendResult> {
      const report = { ...message.report, links: [...incidentLinks(links, message.incident), ...message.report.links] };
      try {
        return await sender.send({ ...message, report }, signal);
      } catch (error) {
        return { kind: 'retry', reason: 'other', message: (error as Error).message, retryAfterMs: null };
      }
    },
  };
}
