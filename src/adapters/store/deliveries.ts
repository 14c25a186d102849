import type { DeliveryStore } from '../../core/store.ts';
import { list } from './decode.ts';
import { messageFrom } from './incident-record.ts';
import type { RunScript } from './scripts.ts';

export function deliveryStore(installation: string, script: RunScript): DeliveryStore {
  return {
    async claimDelivery(worker) {
      const answer = list(await script('claim-delivery', { worker }));
      if (answer.length === 0) return null;
      const [id, receiver, event, incident, priority, report, attempts, createdAt] = answer;
      return messageFrom(installation, { id, receiver, event, incident, dedupKey: null, priority, report, attempts, createdAt });
    },
    async commitDelivery(id, worker, result) {
      const { kind, ...failed } = result;
      await script('commit-delivery', { id, worker, delivered: kind === 'delivered', ...failed });
    },
  };
}
