import { z } from 'zod';
import type { Cluster, EventView } from '../../core/ports.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { callIn, fieldSelector, type Call } from './call.ts';
import { Time } from './pod-view.ts';

type ObjectOfEvent = Parameters<Cluster['events']>[0];

const Event = z.object({
  metadata: z.object({ creationTimestamp: Time }),
  type: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  count: z.number().nullish(),
  firstTimestamp: Time,
  lastTimestamp: Time,
  eventTime: Time,
  series: z.object({ count: z.number().nullish(), lastObservedTime: Time }).nullish(),
});

export const Events = z.object({ items: z.array(Event) });

export function listEvents({ namespace, name, uid }: ObjectOfEvent): Call {
  const fields = fieldSelector({ 'involvedObject.name': name, 'involvedObject.uid': uid });
  return callIn(namespace, 'list', 'events', null, { query: [['fieldSelector', fields]] });
}

/** The newest ones, oldest first. Their writers fill different times in; the latest that is told counts. */
export function eventViews({ items }: z.infer<typeof Events>, limit: number): readonly EventView[] {
  return items
    .map((event): EventView => {
      const { series, lastTimestamp, eventTime, firstTimestamp, metadata } = event;
      return {
        at: series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? 0,
        type: event.type === 'Warning' ? 'Warning' : 'Normal',
        reason: event.reason ?? '',
        message: event.message ?? '',
        count: series?.count ?? event.count ?? 1,
      };
    })
    .sort((a, b) => a.at - b.at)
    .slice(-limit);
}

/** Names get a suffix of the server's; what is before it must leave room. */
const NAME_LENGTH = 200;
/** The API takes no longer text. */
const MESSAGE_LENGTH = 1024;

export function createEvent(object: ObjectOfEvent, event: Parameters<Cluster['recordEvent']>[1], now: number): Call {
  const { kind, namespace, name, uid } = object;
  const at = formatTimestamp(now).replace(/\.\d+Z$/, 'Z');
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name.slice(0, NAME_LENGTH)}.`, namespace, annotations: { 'remediad.dev/run': event.run } },
    involvedObject: { apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, namespace, name, uid },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, MESSAGE_LENGTH),
    source: { component: 'remediad' },
    reportingComponent: 'remediad',
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
  };
  return callIn(namespace, 'create', 'events', null, { query: [['fieldManager', 'remediad']], body, run: event.run });
}
