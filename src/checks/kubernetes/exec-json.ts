import { z } from 'zod';
import type { Check } from '../../core/capability.ts';
import { mayExec } from '../../core/exec-allow.ts';
import type { Json } from '../../core/json.ts';
import { ClusterError } from '../../core/ports.ts';
import { reading, told, unknown } from '../output.ts';

const LIMIT_BYTES = 256 * 1024;

const Params = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .max(64)
    .describe('Argument array, no shell; must be allowed by `exec_allow` or be the peers command.'),
  container: z.string().optional().describe("Default: the workload's, else the pod's only one."),
});

/** Runs a command in the pod and reads what it prints as JSON. Anything but that is unknown: a tool that fails says nothing about the node. */
export const execJson: Check<z.infer<typeof Params>> = {
  name: 'kubernetes/exec-json',
  summary: 'Runs an allowed command in the pod and reads its output as JSON; ok = it ended with 0 and printed JSON.',
  params: Params,
  rights: [
    { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
    { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
  ],
  output: { json: { type: 'dyn', describe: 'What the command printed.' } },
  async run({ run, edition, entry, pod }, params, { cluster, signal }) {
    const { command } = params;
    if (!mayExec(command, edition, entry)) return unknown(`exec_allow does not allow ${JSON.stringify(command)}`);
    if (pod === null) return unknown('there is no pod to run a command in');
    const { namespace, name, uid } = pod;
    const container = params.container ?? entry?.container ?? null;
    return reading(
      async () => {
        const request = { namespace, pod: name, uid, container, command, limitBytes: LIMIT_BYTES, run: run.id };
        const { exitCode, stdout, stderr, truncated } = await cluster.exec(request, signal);
        if (exitCode !== 0) return unknown(`${command[0]} ended with ${exitCode}: ${stderr.trim().slice(0, 200)}`);
        if (truncated) return unknown(`${command[0]} printed more than ${LIMIT_BYTES} bytes`);
        const json = parse(stdout);
        return json === undefined
          ? unknown(`${command[0]} printed no JSON`)
          : told(true, `${command[0]} printed ${kindOf(json)}`, { json });
      },
      (error) => error instanceof ClusterError,
    );
  },
};

/** What a human who reads the record can tell from: most often it is how many there are. */
function kindOf(json: Json): string {
  return Array.isArray(json) ? `a list of ${json.length}` : 'JSON';
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
