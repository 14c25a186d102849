import { z } from 'zod';
import type { Check, Subject } from '../../core/capability.ts';
import { healthOf } from '../../core/health.ts';
import { ClusterError } from '../../core/ports.ts';
import { reading, told } from '../output.ts';
import { readWorkload } from './workload.ts';

const Params = z.strictObject({});

/**
 * Whether the pod is ready again. After an effect that replaces the pod only a successor counts: the old one may stay ready for a while
 * as it terminates.
 */
export const podReady: Check<z.infer<typeof Params>> = {
  name: 'kubernetes/pod-ready',
  summary: 'Tells whether the pod, or the successor of one that was deleted, is ready.',
  params: Params,
  rights: [
    { verb: 'get', group: '', resource: 'pods', subresource: null },
    { verb: 'list', group: '', resource: 'pods', subresource: null },
  ],
  output: { uid: { type: 'string', describe: 'Of the pod that was looked at; empty = there is none of this name.' } },
  run(subject, _params, tools) {
    return reading(
      async () => {
        const { pod, run } = subject;
        const uid = pod?.uid ?? '';
        const replaced = replacedUids(run);
        if (replaced.has(uid)) return told(false, `pod ${pod?.name} is still the old one (uid ${uid})`, { uid });
        const state = pod === null ? await readWorkload(subject, tools) : null;
        const members = state?.members ?? [];
        if (members.some((member) => replaced.has(member.uid) && member.deletedAt === null)) {
          return told(false, 'the old pod is still there', { uid });
        }
        const { healthy, message } = healthOf('Pod', pod, state?.workload ?? null, members);
        return told(healthy, message, { uid });
      },
      (error) => error instanceof ClusterError,
    );
  },
};

/** Uids that effects of this run took, or may have taken, out of the world. */
function replacedUids({ effects }: Subject['run']): ReadonlySet<string> {
  const gone = effects.filter(({ replaces, result }) => replaces && (result === 'done' || result === 'unknown' || result === 'intent'));
  return new Set(gone.map(({ uid }) => uid).filter((uid) => uid !== null));
}
