import type { Message } from './incident.ts';

/** Messages on their way to a receiver, durable until each is told or given up. */

export interface DeliveryStore {
  /** The next message due, leased to this worker; null = none. */
  claimDelivery(worker: string): Promise<Message | null>;
  commitDelivery(id: string, worker: string, result: DeliveryResult): Promise<void>;
}

/**
 * `hopeless`: further tries of this message promise little. The policy's fallback is told, behind it the `emergency` receiver (null = there is
 * none), and the message is given up; but the page of an incident that nobody acknowledged is tried on every `retryMs`.
 */
export type DeliveryResult =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly retryMs: number;
      readonly hopeless: boolean;
      readonly emergency: string | null;
    };
