import { z } from 'zod';
import { DurationError, parseDuration } from '../../core/duration.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../core/dns1123.ts';

const namespaceName = z.string().refine(isDns1123Label, 'is no DNS-1123 label');
const objectName = z.string().refine(isDns1123Subdomain, 'is no DNS-1123 name');
const texts = z.record(z.string(), z.string());

/** `30s`, or a number of milliseconds; read as milliseconds. */
const duration = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  try {
    return parseDuration(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as DurationError).message });
    return z.NEVER;
  }
});

/** Until when a fault lasts: until its pod is deleted, for ever (successors have it too), or for a time, whatever becomes of the pod. */
const until = z.union([z.literal('deleted'), z.literal('forever'), duration]);

/** What may be wrong with a pod. */
export const PodFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not-ready'), until: until.default('deleted') }),
  z.strictObject({
    kind: z.literal('unhealthy'),
    until: until.default('deleted'),
    status: z.int().min(400).max(599).default(500).describe('What /health answers.'),
    ready: z.boolean().default(false).describe('Whether the pod stays Ready all the same.'),
  }),
  z.strictObject({
    kind: z.literal('low-peers'),
    until: until.default('deleted'),
    peers: z.int().min(0),
    cured_by: z.array(z.string()).default(['SIGUSR1']).describe('Signals after which the peers are back.'),
  }),
  z.strictObject({ kind: z.literal('crash-loop'), until: until.default('deleted'), every: duration.default(10_000) }),
  z.strictObject({ kind: z.literal('hang'), until: until.default('deleted') }).describe('Neither its ports nor exec ever answer.'),
  z.strictObject({ kind: z.literal('pending'), until: until.default('deleted') }).describe('Its successors cannot be scheduled.'),
  z.strictObject({ kind: z.literal('stuck-terminating'), until: until.default('forever') }),
  z.strictObject({ kind: z.literal('storage'), until: until.default('forever'), used: z.number().min(0).max(1) }),
]);
export type PodFault = z.infer<typeof PodFault>;

/** What may go wrong between a caller and the API, or be refused by it. */
export const ApiFault = z.strictObject({
  kind: z.enum([
    'deny',
    'conflict',
    'disruption-budget',
    'overloaded',
    'error',
    'lost-before',
    'lost-after',
    'hang',
    'slow',
    'late',
    'down',
    'ignore-uid',
  ]),
  verb: z.string().nullable().default(null),
  resource: z.string().nullable().default(null).describe('As in a role, e.g. `pods/exec`.'),
  namespace: z.string().nullable().default(null),
  name: z.string().nullable().default(null),
  times: z.int().min(1).nullable().default(null).describe('How many calls it strikes; null = all.'),
  for: duration.nullable().default(null).describe('For how long; null = until it is lifted.'),
  ms: duration
    .default(0)
    .describe('Of `slow` and `late`: the pause before the call is carried out, which `late` does even if nobody waits for it any more.'),
});
export type ApiFault = z.infer<typeof ApiFault>;

/** What a command answers when it is run in a pod. */
export const Script = z.strictObject({
  command: z.array(z.string()).min(1),
  namespace: z.string().nullable().default(null),
  pod: z.string().nullable().default(null),
  stdout: z.string().default(''),
  stderr: z.string().default(''),
  repeat: z.int().min(1).default(1).describe('How many times `stdout` is written.'),
  exit: z.int().min(0).max(255).default(0),
  pause: duration.default(0).describe('Between the output and the end.'),
  end: z.enum(['exit', 'hang', 'drop']).default('exit').describe('`drop`: the connection is lost and the exit code with it.'),
});
export type Script = z.infer<typeof Script>;

export const WorkloadSpec = z.strictObject({
  kind: z.enum(['StatefulSet', 'Deployment', 'DaemonSet', 'Pod']).describe('`Pod`: one without a controller, that nothing re-creates.'),
  namespace: namespaceName,
  name: objectName,
  replicas: z.int().min(0).default(1),
  labels: texts.default({}),
  annotations: texts.default({}),
  managers: z.array(z.string()).min(1).default(['fleet']).describe('Who wrote its fields, as the API server keeps it.'),
  container: z.string().refine(isDns1123Label, 'is no DNS-1123 label').default('main'),
  process: z.string().default('main').describe('Executable of process 1, e.g. /usr/local/bin/node.'),
  more_processes: z.array(z.array(z.string()).min(1)).default([]).describe('Argument arrays of further processes.'),
  ports: z.array(z.int()).default([9999]),
  peers: z.int().min(0).default(12),
  peers_command: z.array(z.string()).default(['archivechain-cli', 'network', 'peers']),
  storage_used: z.number().min(0).max(1).default(0.4),
  storage_total_bytes: z.number().default(20 * 2 ** 40),
  start: duration.default(200).describe('From creation to Running.'),
  ready: duration.default(300).describe('From Running to Ready.'),
  terminate: duration.default(200).describe('From deletion to gone; a shorter grace period wins.'),
  age: duration.default(3_600_000).describe('How old its pods are when the fleet starts.'),
});
export type WorkloadSpec = z.infer<typeof WorkloadSpec>;

/** A fleet, as in a fleet file (YAML or JSON) or added through the admin API. */
export const Fleet = z.strictObject({
  speed: z.number().min(0.01).max(1000).optional().describe('Every delay of pods and controllers is divided by this; default 1.'),
  namespaces: z
    .record(namespaceName, z.strictObject({ labels: texts.default({}), annotations: texts.default({}) }))
    .default({})
    .describe('Those of the workloads exist without being named here.'),
  nodes: z.array(objectName).min(1).default(['node-a', 'node-b', 'node-c']),
  workloads: z.array(WorkloadSpec).default([]),
  scripts: z.array(Script).default([]),
  faults: z.array(z.strictObject({ namespace: namespaceName, pod: objectName, fault: PodFault })).default([]),
});
export type Fleet = z.infer<typeof Fleet>;

const prod = 'archivechain-prod';

/** What the sandbox holds when no fleet file is given. */
export const defaultFleet: z.input<typeof Fleet> = {
  namespaces: { [prod]: { labels: { name: prod, environment: 'production' } } },
  workloads: [
    {
      kind: 'StatefulSet',
      namespace: prod,
      name: 'archivechain-full-archive',
      replicas: 3,
      container: 'archivechain-node',
      process: '/usr/local/bin/archivechain-node',
    },
    {
      kind: 'Deployment',
      namespace: prod,
      name: 'archivechain-gateway',
      replicas: 3,
      container: 'archivechain-gateway',
      process: '/usr/local/bin/archivechain-gateway',
      ports: [8080, 9999],
    },
  ],
};
