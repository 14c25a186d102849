import { z } from 'zod';
import type { Collector, Subject } from '../../core/capability.ts';
import { ClusterError, type EventView } from '../../core/ports.ts';
import { lastBytes } from '../text.ts';

const LIMIT_BYTES = 64 * 1024;

const Params = z.strictObject({
  limit: z.int().min(1).max(200).default(50).describe('Events kept of each object, the newest.'),
});

/** What the cluster noted about the pod and its workload, oldest first. */
export const events: Collector<z.infer<typeof Params>> = {
  name: 'kubernetes/events',
  summary: 'Keeps the newest Events of the pod and of its workload.',
  params: Params,
  rights: [{ verb: 'list', group: '', resource: 'events', subresource: null }],
  async run(subject, { limit }, { cluster, signal }) {
    const objects = objectsOf(subject);
    if (objects.length === 0) return { ok: false, message: 'there is neither a pod nor a workload', text: '' };
    try {
      const found = await Promise.all(objects.map((object) => cluster.events(object, limit, signal)));
      const lines = found.flatMap((list, index) =>
        list.map((event) => ({ at: event.at, text: lineOf(objects[index]?.kind ?? '', event) })),
      );
      const text = lines
        .sort((a, b) => a.at - b.at)
        .map((line) => `${line.text}\n`)
        .join('');
      return { ok: true, message: `${lines.length} events`, text: lastBytes(text, LIMIT_BYTES) };
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      return { ok: false, message: error.message, text: '' };
    }
  },
};

function objectsOf({ pod, workload }: Subject) {
  return [
    ...(pod === null ? [] : [{ kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid }]),
    ...(workload === null ? [] : [{ kind: workload.kind, namespace: workload.namespace, name: workload.name, uid: workload.uid }]),
  ];
}

function lineOf(kind: string, { at, type, reason, message, count }: EventView): string {
  return `${new Date(at).toISOString()} ${type} ${kind} ${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}`;
}
