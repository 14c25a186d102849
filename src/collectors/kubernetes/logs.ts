import { z } from 'zod';
import type { Collector, Subject, Tools } from '../../core/capability.ts';
import { DurationError, parseDuration } from '../../core/duration.ts';
import { ClusterError } from '../../core/ports.ts';
import { lastBytes } from '../text.ts';

const LIMIT_BYTES = 256 * 1024;

const Params = z.strictObject({
  container: z.string().optional().describe("Default: the workload's, else the pod's only one."),
  previous: z
    .union([z.boolean(), z.literal('both')])
    .default(false)
    .describe('The log of the container before the last restart, or both logs.'),
  tail: z.int().min(1).max(5000).default(200).describe('Lines from the end of each log.'),
  since: z.string().transform(readDuration).optional().describe('Only lines younger than this, e.g. 10m.'),
});
type Params = z.infer<typeof Params>;

function readDuration(text: string, context: z.RefinementCtx): number {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as DurationError).message });
    return z.NEVER;
  }
}

/** The ends of the pod's logs. A container that never restarted has no earlier log, which is noted and no failure. */
export const logs: Collector<Params> = {
  name: 'kubernetes/logs',
  summary: 'Keeps the last lines of the logs of the pod, of the container before its last restart too if asked.',
  params: Params,
  rights: [{ verb: 'get', group: '', resource: 'pods', subresource: 'log' }],
  async run(subject, params, tools) {
    const { pod } = subject;
    if (pod === null) return { ok: false, message: 'there is no pod', text: '' };
    const wanted = params.previous === 'both' ? [true, false] : [params.previous];
    const read = [];
    for (const previous of wanted) read.push(await readLog(subject, pod.name, previous, params, tools));
    const text = read.map(({ heading, body }) => `${heading}\n${body}`).join('');
    return { ok: read.some(({ ok }) => ok), message: read.map(({ heading }) => heading).join('; '), text };
  },
};

async function readLog(
  { run, entry }: Subject,
  pod: string,
  previous: boolean,
  { container, tail, since }: Params,
  { cluster, signal }: Tools,
): Promise<{ ok: boolean; heading: string; body: string }> {
  const which = previous ? 'previous log' : 'log';
  const request = {
    namespace: run.target.namespace,
    pod,
    container: container ?? entry?.container ?? null,
    previous,
    tailLines: tail,
    limitBytes: LIMIT_BYTES,
    ...(since === undefined ? {} : { sinceSeconds: Math.max(1, Math.ceil(since / 1000)) }),
  };
  try {
    const body = lastBytes(await cluster.logs(request, signal), LIMIT_BYTES);
    return { ok: true, heading: `--- ${which} of ${pod}, last ${tail} lines`, body };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { ok: false, heading: `--- no ${which} of ${pod}: ${error.message}`, body: '' };
  }
}
