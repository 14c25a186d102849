import { z } from 'zod';
import { name } from './common.ts';

const path = z.string().min(1);

/** The ways to reach a cluster; each entry has exactly one. */
const ways = ['in_cluster', 'kubeconfig', 'sandbox'] as const;

const clusterKeys = z.strictObject({
  name,
  in_cluster: z.literal(true).optional().describe('the cluster whose pod remediad runs in, by its service account'),
  kubeconfig: path
    .refine((file) => !file.startsWith('~'), { error: 'must be a path; "~" is not expanded' })
    .optional()
    .describe('kubeconfig of a cluster, with `context`'),
  context: z.string().min(1).optional().describe('context of the kubeconfig; none is ever guessed'),
  sandbox: path.optional().describe('unix socket of a sandbox fleet'),
  qps: z.number().min(1).max(10_000).optional().describe('calls a second that its API is asked at most; 200 if left out'),
  burst: z.int().min(1).max(10_000).optional().describe('how many of them at once; 400 if left out'),
});
type ClusterKeys = z.output<typeof clusterKeys>;

export const clusterSchema = clusterKeys
  .superRefine((cluster, context) => {
    for (const { message, fix, path } of faultsOf(cluster)) {
      context.addIssue({ code: 'custom', message, path: [...path], params: { code: 'bad-value', fix } });
    }
  })
  .meta({ oneOf: ways.map((way) => ({ required: [way] })) });

interface Fault {
  readonly message: string;
  readonly fix: string;
  readonly path: readonly (keyof ClusterKeys)[];
}

function faultsOf(cluster: ClusterKeys): readonly Fault[] {
  const given = ways.filter((way) => cluster[way] !== undefined);
  const [first, second] = given;
  if (first === undefined) {
    const fix = 'add in_cluster: true, or kubeconfig and context, or sandbox';
    return [{ message: 'how the cluster is reached is missing', fix, path: [] }];
  }
  if (second !== undefined) {
    return [
      {
        message: `the cluster is reached by ${first} already`,
        fix: 'keep one of them; each cluster is an entry of its own',
        path: [second],
      },
    ];
  }
  return [...contextFaults(cluster), ...limitFaults(cluster)];
}

function contextFaults({ kubeconfig, context }: ClusterKeys): readonly Fault[] {
  if ((kubeconfig === undefined) === (context === undefined)) return [];
  return kubeconfig === undefined
    ? [{ message: 'a context stands in a kubeconfig, and there is none', fix: 'add kubeconfig, or leave out context', path: ['context'] }]
    : [{ message: '"context" is missing', fix: 'name one: kubectl config get-contexts', path: ['kubeconfig'] }];
}

function limitFaults(cluster: ClusterKeys): readonly Fault[] {
  const limits = (['qps', 'burst'] as const).filter((key) => cluster[key] !== undefined);
  if (cluster.sandbox === undefined) return [];
  return limits.map((key) => ({
    message: 'bounds calls of a Kubernetes API, which a sandbox is not',
    fix: `leave out ${key}`,
    path: [key],
  }));
}
