import { z } from 'zod';
import type { ApiFault } from './fleet.ts';
import type { ApiFaults, Call } from './api-faults.ts';
import { Dropped, HttpError, type Answer, type Pace, type Route } from './http.ts';
import { deletePod } from './world/controller.ts';
import { getFromPod } from './world/endpoints.ts';
import { runCommand, type CommandAnswer } from './world/exec.ts';
import type { PodState } from './world/state.ts';
import { membersOf, selects, viewPod, viewWorkload } from './world/views.ts';
import type { World } from './world/world.ts';

const namespacePath = '/cluster/namespaces/:namespace';
const podPath = `${namespacePath}/pods/:name`;
const leasePath = `${namespacePath}/leases/:name`;
const workloadPath = `${namespacePath}/workloads/:kind/:name`;

/** What a Kubernetes API offers, as far as the `Cluster` port needs it. `faults` are asked for the ones that change an answer's content. */
export function clusterRoutes(world: World, faults: ApiFaults, pace: Pace): Route[] {
  return [
    route('GET', namespacePath, 'get', 'namespaces', ({ params }) => {
      const found = world.namespaces.get(text(params, 'namespace')) ?? notFound('namespace');
      return { json: { name: found.name, labels: found.labels, annotations: found.annotations } };
    }),
    route('GET', `${namespacePath}/pods`, 'list', 'pods', ({ params, query }) => ({
      json: listPods(world, text(params, 'namespace'), query).map(viewPod),
    })),
    route('GET', podPath, 'get', 'pods', ({ params }) => ({ json: viewPod(findPod(world, params)) })),
    route('GET', workloadPath, 'get', 'workloads', ({ params }) => {
      const found = world.workload(text(params, 'kind'), text(params, 'namespace'), text(params, 'name'));
      return { json: (found === null ? null : viewWorkload(found)) ?? notFound('workload') };
    }),
    route('GET', `${namespacePath}/owners/:uid`, 'get', 'workloads', ({ params }) => {
      const found = world.ownerOf(text(params, 'namespace'), text(params, 'uid'));
      return { json: (found === null ? null : viewWorkload(found)) ?? notFound('owner') };
    }),
    route('GET', `${workloadPath}/members`, 'list', 'pods', ({ params }) => {
      const found = world.workload(text(params, 'kind'), text(params, 'namespace'), text(params, 'name')) ?? notFound('workload');
      return { json: membersOf(found).map(viewPod) };
    }),
    route('GET', `${namespacePath}/events`, 'list', 'events', ({ query }) => ({ json: world.events.get(query.get('uid') ?? '') ?? [] })),
    route('POST', `${namespacePath}/events`, 'create', 'events', ({ body }) => {
      const { uid, type, reason, message } = EventBody.parse(body);
      world.event({ uid }, type, reason, message);
      return { json: null };
    }),
    route('GET', leasePath, 'get', 'leases', ({ params }) => ({ json: world.leases.get(leaseKey(params)) ?? notFound('lease') })),
    route('POST', leasePath, 'create', 'leases', ({ params, body }) => ({ json: putLease(world, params, LeaseBody.parse(body)) })),
    route('GET', `${podPath}/log`, 'get', 'pods/log', ({ params, query }) => ({ json: readLog(world, findPod(world, params), query) })),
    route('GET', `${podPath}/proxy`, 'get', 'pods/proxy', ({ params, query, gone }) => proxy(findPod(world, params), query, pace, gone)),
    route('POST', `${podPath}/delete`, 'delete', 'pods', ({ params, body }) => ({ json: remove(world, faults, params, body) })),
    route('POST', `${podPath}/exec`, 'create', 'pods/exec', ({ params, body, gone }) => exec(world, params, body, pace, gone)),
    route('POST', '/cluster/rights', 'create', 'selfsubjectaccessreviews', ({ body }) => ({
      json: z
        .array(RightBody)
        .parse(body)
        .filter((right) => faults.denies(right)),
    })),
  ];
}

const leaseKey = (params: Readonly<Record<string, string>>): string => `${text(params, 'namespace')}/${text(params, 'name')}`;

/** false = it is another version by now. */
function putLease(world: World, params: Readonly<Record<string, string>>, { holder, version }: z.infer<typeof LeaseBody>): boolean {
  if (!world.namespaces.has(text(params, 'namespace'))) throw new HttpError(400, `there is no namespace ${text(params, 'namespace')}`);
  const key = leaseKey(params);
  if ((world.leases.get(key)?.version ?? null) !== version) return false;
  const next = { holder, renewed: new Date(world.now).toISOString(), version: `${Number(version ?? 0) + 1}` };
  world.leases.set(key, next);
  return true;
}

function route(method: Route['method'], path: string, verb: string, resource: string, handle: Route['handle']): Route {
  const call = (params: Readonly<Record<string, string>>): Call => {
    return { verb, resource, namespace: params['namespace'] ?? null, name: params['name'] ?? null };
  };
  return { method, path, call, handle };
}

const EventBody = z.object({ uid: z.string(), type: z.enum(['Normal', 'Warning']), reason: z.string(), message: z.string() });
const LeaseBody = z.object({ holder: z.string(), durationMs: z.number(), version: z.string().nullable() });
const RightBody = z.object({
  verb: z.string(),
  group: z.string(),
  resource: z.string(),
  subresource: z.string().nullable(),
  namespace: z.string(),
});
const DeleteBody = z.object({ uid: z.string(), graceSeconds: z.number().nullable(), dryRun: z.boolean(), run: z.string() });
const ExecBody = z.object({
  uid: z.string(),
  container: z.string().nullable(),
  command: z.array(z.string()).min(1),
  run: z.string().nullable(),
});

function text(params: Readonly<Record<string, string>>, name: string): string {
  return params[name] ?? '';
}

function notFound(what: string): never {
  throw new HttpError(404, `${what} not found`);
}

function findPod(world: World, params: Readonly<Record<string, string>>): PodState {
  return world.pod(text(params, 'namespace'), text(params, 'name')) ?? notFound(`pod "${text(params, 'name')}"`);
}

function listPods(world: World, namespace: string, query: URLSearchParams): PodState[] {
  const ip = query.get('podIP');
  const byIp = ip === null ? undefined : [world.podsByIp.get(ip)].filter((pod) => pod !== undefined);
  const selector = query.get('selector') ?? '';
  const node = query.get('nodeName');
  return (byIp ?? [...(world.namespaces.get(namespace)?.pods.values() ?? [])]).filter(
    (pod) => pod.slot.workload.spec.namespace === namespace && selects(selector, pod.labels) && (node === null || pod.node.name === node),
  );
}

/** A deletion of another uid than the named one is a conflict, as with a server-side precondition. */
function remove(world: World, faults: ApiFaults, params: Readonly<Record<string, string>>, body: unknown): { uid: string } {
  const request = DeleteBody.parse(body);
  const pod = findPod(world, params);
  if (request.uid !== pod.uid && !faults.ignoresUids()) {
    throw new HttpError(409, `the UID in the precondition (${request.uid}) does not match the UID in record (${pod.uid})`);
  }
  if (request.dryRun) return { uid: pod.uid };
  const { namespace } = pod.slot.workload.spec;
  const repeated = pod.deletedAt !== null;
  const { uid, name } = pod;
  world.journal.add({
    at: world.now,
    effect: 'delete-pod',
    namespace,
    pod: name,
    uid,
    signal: null,
    process: null,
    run: request.run,
    repeated,
  });
  deletePod(world, pod, request.graceSeconds === null ? null : request.graceSeconds * 1000);
  return { uid };
}

function readLog(world: World, pod: PodState, query: URLSearchParams): { text: string } {
  checkContainer(pod, query.get('container'));
  const { log, previousLog } = pod.container;
  const lines = query.get('previous') === 'true' ? previousLog : log;
  if (lines === null) throw new HttpError(400, `previous terminated container in pod "${pod.name}" not found`);
  const since = query.has('sinceSeconds') ? world.now - Number(query.get('sinceSeconds')) * 1000 : 0;
  const tail = lines.filter(({ at }) => at >= since).slice(-Number(query.get('tailLines')));
  const all = tail.map(({ at, text: line }) => `${new Date(at).toISOString()} ${line}\n`).join('');
  return { text: all.slice(0, Number(query.get('limitBytes'))) };
}

function checkContainer(pod: PodState, container: string | null): void {
  if (container === null || container === pod.slot.workload.spec.container) return;
  throw new HttpError(400, `container ${container} is not valid for pod ${pod.name}`);
}

/** A refused connection looks like the API server's own: it could not reach the pod. */
async function proxy(pod: PodState, query: URLSearchParams, pace: Pace, gone: AbortSignal): Promise<Answer> {
  const port = Number(query.get('port'));
  const answer = getFromPod(pod, port, query.get('path') ?? '/');
  if (answer === 'hang') {
    await pace.hang(gone);
    return 'dropped';
  }
  if (answer !== 'refused') return { json: answer };
  return { json: { status: 503, body: `error trying to reach service: dial tcp ${pod.ip}:${port}: connect: connection refused` } };
}

function exec(world: World, params: Readonly<Record<string, string>>, body: unknown, pace: Pace, gone: AbortSignal): Answer {
  const request = ExecBody.parse(body);
  const pod = findPod(world, params);
  if (pod.uid !== request.uid) throw new HttpError(409, `pod "${pod.name}" has the UID ${pod.uid}, not ${request.uid}`);
  checkContainer(pod, request.container);
  if (pod.container.state !== 'running') throw new HttpError(400, `container of pod "${pod.name}" is not running`);
  const answer = runCommand(world, pod, request.command, request.run);
  return { lines: linesOf(answer, pace, gone) };
}

/** Pieces of output, then the exit code. Without an exit code nobody knows how it ended. */
async function* linesOf(answer: CommandAnswer, pace: Pace, gone: AbortSignal): AsyncGenerator {
  if (answer.stderr !== '') yield { stderr: answer.stderr };
  for (let left = answer.stdout === '' ? 0 : answer.repeat; left > 0 && !gone.aborted; left--) yield { stdout: answer.stdout };
  if (answer.pauseMs > 0) await pace.sleep(answer.pauseMs, gone);
  if (answer.end === 'hang') await pace.hang(gone);
  if (answer.end !== 'exit') throw new Dropped();
  yield { exit: answer.exit };
}

/** How a fault that strikes turns a call away; the others let it through. */
export function refusal(fault: ApiFault, call: Call): HttpError | null {
  const what = `${call.verb} ${call.resource} "${call.name ?? ''}"`;
  switch (fault.kind) {
    case 'deny':
      return new HttpError(403, `${what} is forbidden: cannot ${call.verb} resource "${call.resource}" in namespace "${call.namespace}"`);
    case 'conflict':
      return new HttpError(409, `${what}: the object has been modified`);
    case 'disruption-budget':
      return new HttpError(429, `${what}: it would violate the pod's disruption budget`, 'DisruptionBudget');
    case 'overloaded':
      return new HttpError(429, `${what}: too many requests`);
    case 'error':
      return new HttpError(500, `${what}: internal error`);
    default:
      return null;
  }
}
