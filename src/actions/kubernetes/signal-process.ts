import { z } from 'zod';
import { PlanRefused, type Action, type Tools } from '../../core/capability.ts';
import type { PodView } from '../../core/objects.ts';
import type { Outcome } from '../../core/plan.ts';
import { ClusterError, type ExecResult } from '../../core/ports.ts';
import { healthOfRestart, locksOfDisruption, podLock, rightsIn, withHash } from '../plan.ts';
import { findCommand, processName, readFound, type Match } from './find-process.ts';

const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
const SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', ...ENDING] as const;
const OUTPUT_BYTES = 16 * 1024;

const Params = z.strictObject({
  process: z
    .string()
    .regex(processName, 'is no plain name of an executable')
    .describe('Name of the executable, without its folder. Exactly one process must bear it.'),
  signal: z.enum(SIGNALS).describe('A process without a handler for SIGHUP, SIGUSR1 or SIGUSR2 dies of it.'),
  match: z
    .enum(['argv0', 'exe'])
    .default('argv0')
    .describe('`argv0`: by its first argument, needs pgrep; `exe`: by what it runs, needs find.'),
  container: z.string().optional().describe("Default: the workload's, else the only one."),
  disrupts: z.boolean().default(false).describe('The process restarts on this signal. Always so for SIGTERM, SIGINT and SIGQUIT.'),
});
type Params = z.infer<typeof Params>;

const Request = z.object({ namespace: z.string(), pod: z.string(), container: z.string(), signal: z.enum(SIGNALS), pid: z.int() });
type Request = z.infer<typeof Request>;
/** A container that started anew has other processes under the same ids. */
const Preconditions = z.object({ uid: z.string(), startedAt: z.number().nullable() });

const ACTION = 'kubernetes/signal-process';
const rights = [
  { verb: 'get', group: '', resource: 'pods', subresource: null },
  // An exec over WebSocket is a GET that creates: both verbs are asked for.
  { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
];

/** Sends a POSIX signal to the one process of that name in the pod. */
export const signalProcess: Action<Params> = {
  name: ACTION,
  summary: 'Sends a POSIX signal to exactly one named process of the pod.',
  params: Params,
  rights,
  effect: 'once',

  async plan({ pod, workload, health, entry }, params, tools) {
    if (pod === null) throw new PlanRefused('there is no pod');
    const container = containerOf(pod, params.container ?? entry?.container);
    const pid = await findOne(pod, container, params, tools);
    const { namespace, name, uid, cluster } = pod;
    const { process, signal } = params;
    const ends = ENDING.some((one) => one === signal);
    const disrupts = ends || params.disrupts;
    return withHash(
      {
        action: ACTION,
        cluster,
        request: { namespace, pod: name, container, signal, pid },
        preconditions: { uid, startedAt: startOf(pod, container) },
        touches: disrupts ? locksOfDisruption(pod, workload) : [podLock(pod)],
        patches: [],
        cost: 1,
        rights: rightsIn(namespace, rights),
        describe: `send ${signal} to ${process} (pid ${pid}) in pod ${namespace}/${name} (uid ${uid})`,
        loses: disrupts ? `memory of the process ${process}` : null,
        healthy: disrupts ? healthOfRestart(pod, health) : null,
        replaces: false,
      },
      tools.digest,
    );
  },

  async perform(plan, run, tools, dryRun) {
    const request = Request.parse(plan.request);
    const { uid, startedAt } = Preconditions.parse(plan.preconditions);
    const stale = await refusedAsStale(request, uid, startedAt, tools);
    if (stale !== null) return stale;
    const output = { uid, pid: request.pid, signal: request.signal };
    return dryRun ? { kind: 'done', output } : send(request, uid, run, tools, output);
  },

  async lookUp() {
    return { kind: 'undecidable', message: 'nothing in the world tells whether a signal has arrived' };
  },
};

function containerOf(pod: PodView, wanted: string | undefined): string {
  const names = pod.containers.map(({ name }) => name);
  const name = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) throw new PlanRefused(`which container of ${names.join(', ')}? The step must name it`);
  if (!names.includes(name)) throw new PlanRefused(`pod ${pod.name} has no container ${name}, only ${names.join(', ')}`);
  return name;
}

function startOf(pod: PodView, container: string): number | null {
  return pod.containers.find(({ name }) => name === container)?.startedAt ?? null;
}

async function findOne(
  pod: PodView,
  container: string,
  { process, match }: { process: string; match: Match },
  tools: Tools,
): Promise<number> {
  const { namespace, name, uid } = pod;
  const command = findCommand(process, match);
  const result = await tools.cluster.exec({ namespace, pod: name, uid, container, command, limitBytes: OUTPUT_BYTES }, tools.signal);
  const found = readFound(result, match);
  if (typeof found === 'string') throw new PlanRefused(found);
  const [pid] = found;
  if (pid === undefined || found.length > 1) {
    throw new PlanRefused(`${found.length} processes named ${process} in container ${container} of pod ${name}, exactly one is needed`);
  }
  return pid;
}

/** Looks once more right before the signal. What cannot be read is not acted upon: nothing was sent yet. */
async function refusedAsStale(
  request: Request,
  uid: string,
  startedAt: number | null,
  { cluster, signal }: Tools,
): Promise<Outcome | null> {
  try {
    const pod = await cluster.getPod(request.namespace, request.pod, signal);
    if (pod === null) return { kind: 'rejected', reason: 'gone', message: `pod ${request.pod} is gone` };
    if (pod.uid !== uid) return { kind: 'rejected', reason: 'conflict', message: `pod ${request.pod} has the uid ${pod.uid} now` };
    if (startOf(pod, request.container) === startedAt) return null;
    return { kind: 'rejected', reason: 'conflict', message: `container ${request.container} started anew since the plan` };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { kind: 'rejected', reason: isRefused(error) ? 'not-permitted' : 'too-late', message: `not sent: ${error.message}` };
  }
}

async function send(
  { namespace, pod, container, signal, pid }: Request,
  uid: string,
  run: string,
  { cluster, signal: abort }: Tools,
  output: { uid: string; pid: number; signal: string },
): Promise<Outcome> {
  const command = ['kill', '-s', signal.slice('SIG'.length), String(pid)];
  try {
    const result = await cluster.exec({ namespace, pod, uid, container, command, limitBytes: OUTPUT_BYTES, run }, abort);
    return outcomeOf(result, output);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (isRefused(error)) return { kind: 'rejected', reason: 'not-permitted', message: error.message };
    if (error.kind === 'invalid') return { kind: 'rejected', reason: 'conflict', message: error.message };
    return { kind: 'unknown', message: error.message };
  }
}

function outcomeOf({ exitCode, stderr }: ExecResult, output: { uid: string; pid: number; signal: string }): Outcome {
  if (exitCode === 0) return { kind: 'done', output };
  const message = `kill ended with ${exitCode}: ${stderr.trim()}`;
  return { kind: 'rejected', reason: exitCode === 126 || exitCode === 127 ? 'invalid' : 'conflict', message };
}

function isRefused({ kind }: ClusterError): boolean {
  return kind === 'forbidden' || kind === 'unauthenticated';
}
