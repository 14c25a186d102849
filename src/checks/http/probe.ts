import { z } from 'zod';
import type { Check } from '../../core/capability.ts';
import { reading, told } from '../output.ts';
import { probeByApi, probeByExec, probeByWeb, type Probed } from './paths.ts';

const Params = z.strictObject({
  via: z
    .enum(['exec', 'api-proxy', 'direct'])
    .describe('From within the pod (needs curl there), through the API server, or straight to a configured endpoint.'),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with a slash and be plain ASCII')
    .default('/health')
    .describe('Path and query of the page.'),
  port: z.int().min(1).max(65_535).optional().describe("Of the pod; default: the workload's `metrics` port."),
  endpoint: z.string().optional().describe('Name of an entry of `endpoints`, for `direct`.'),
  status: z.int().min(100).max(599).optional().describe('The one status that is good; default: 200 to 399.'),
});
type ProbeParams = z.infer<typeof Params>;

/**
 * Asks for a page: ok = a good status, not ok = another status or nobody listens, unknown = everything that could as well be the way
 * there: no answer in time, no curl, no network.
 */
export const httpProbe: Check<ProbeParams> = {
  name: 'http/probe',
  summary: 'Gets a page from the pod or from an endpoint; ok = a good status, not ok = a bad one or a refused connection.',
  params: Params,
  rights: [
    { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
    { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
    { verb: 'get', group: '', resource: 'pods', subresource: 'proxy' },
  ],
  output: { status: { type: 'int', describe: 'HTTP status; 0 = the connection was refused.' } },
  run(subject, params, tools) {
    const probe = { exec: probeByExec, 'api-proxy': probeByApi, direct: probeByWeb }[params.via];
    return reading(
      async () => judge(await probe(subject, params, tools), params),
      (error) => error instanceof Error,
    );
  },
};

function judge({ status, where }: Probed, params: ProbeParams) {
  if (status === 0) return told(false, `${where} refuses the connection`, { status });
  const good = params.status === undefined ? status >= 200 && status < 400 : status === params.status;
  return told(good, `${where} answers ${status}`, { status });
}
