import { z } from 'zod';
import { ApiFault, Fleet, PodFault, Script } from './fleet.ts';
import type { ApiFaults } from './api-faults.ts';
import { HttpError, type Answer, type Route } from './http.ts';
import { addFleet, deletePod, needPod, rollOut, scale, setNodeReady } from './world/controller.ts';
import { peersOf, storageUsedOf, getFromPod } from './world/endpoints.ts';
import { applyFault } from './world/faults.ts';
import { restartContainer } from './world/pods.ts';
import { faultsOf, type PodState, type WorkloadState } from './world/state.ts';
import { viewPod } from './world/views.ts';
import type { World } from './world/world.ts';

const WorkloadName = z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() });
const PodName = z.strictObject({ namespace: z.string(), pod: z.string() });
const texts = z.record(z.string(), z.string()).default({});

/** What a test, the demo or an operator of the sandbox does to it; no fault strikes here. */
export function adminRoutes(world: World, faults: ApiFaults): Route[] {
  return [...readRoutes(world, faults), ...faultRoutes(world, faults), ...changeRoutes(world)];
}

function readRoutes(world: World, faults: ApiFaults): Route[] {
  return [
    admin('GET', 'pods', ({ query }) => ({ json: podsOf(world, query.get('namespace')).map(tellPod) })),
    admin('GET', 'journal', ({ query }) => {
      const after = query.get('after');
      const run = query.get('run') ?? undefined;
      const uid = query.get('uid') ?? undefined;
      return { json: world.journal.entries({ run, uid, after: after === null ? undefined : Number(after) }) };
    }),
    admin('GET', 'calls', () => ({ json: faults.calls })),
  ];
}

function faultRoutes(world: World, faults: ApiFaults): Route[] {
  const lifts = new Map<string, () => void>();
  const lasting = (lift: () => void): Answer => {
    const id = `f-${world.newUid().slice(0, 8)}`;
    lifts.set(id, lift);
    return { json: { id } };
  };
  return [
    admin('POST', 'faults/pod', ({ body }) => {
      const { namespace, pod, fault } = PodName.extend({ fault: PodFault }).parse(body);
      return lasting(applyFault(world, needPod(world, namespace, pod), fault));
    }),
    admin('POST', 'faults/api', ({ body }) => {
      const fault = ApiFault.parse(body);
      const lift = faults.add(fault);
      if (fault.for !== null) world.afterExactly(fault.for, lift);
      return lasting(lift);
    }),
    admin('DELETE', 'faults/:id', ({ params }) => {
      const id = params['id'] ?? '';
      lifts.get(id)?.();
      return { json: { lifted: lifts.delete(id) } };
    }),
  ];
}

function changeRoutes(world: World): Route[] {
  const pod = ({ namespace, pod: name }: z.infer<typeof PodName>) => needPod(world, namespace, name);
  return [
    change('fleet', Fleet, (fleet) => addFleet(world, fleet)),
    change('scripts', Script, (script) => void world.scripts.unshift(script)),
    change('nodes', z.strictObject({ name: z.string(), ready: z.boolean() }), ({ name, ready }) => setNodeReady(world, name, ready)),
    change('scale', Scale, (to) => scale(world, needWorkload(world, to), to.replicas)),
    change('roll-out', WorkloadName, (name) => rollOut(world, needWorkload(world, name))),
    change('delete-pod', PodName, (name) => deletePod(world, pod(name), null)),
    change('restart-container', PodName, (name) => restartContainer(world, pod(name), 'liveness')),
    change('mark', Mark, (mark) => void Object.assign(marked(world, mark), markOf(world, mark))),
  ];
}

const Scale = WorkloadName.extend({ replicas: z.int().min(0) });
const Mark = z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string(), labels: texts, annotations: texts });

function admin(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, path: `/admin/${path}`, call: null, handle };
}

function change<T>(path: string, schema: z.ZodType<T>, make: (value: T) => void): Route {
  return admin('POST', path, ({ body }) => {
    make(schema.parse(body));
    return { json: {} };
  });
}

function podsOf(world: World, namespace: string | null): PodState[] {
  const namespaces = namespace === null ? [...world.namespaces.values()] : [world.namespace(namespace)];
  return namespaces.flatMap(({ pods }) => [...pods.values()]);
}

/** A pod with what only the sandbox knows of it. */
function tellPod(pod: PodState) {
  const { spec } = pod.slot.workload;
  const health = getFromPod(pod, spec.ports.at(-1) ?? 0, '/health');
  return {
    ...viewPod(pod),
    workload: { kind: spec.kind, name: spec.name },
    peers: peersOf(pod),
    storageUsed: storageUsedOf(pod),
    up: typeof health === 'object' && health.status === 200,
    faults: faultsOf(pod).map(({ kind }) => kind),
  };
}
export type ToldPod = ReturnType<typeof tellPod>;

function needWorkload(world: World, { kind, namespace, name }: z.infer<typeof WorkloadName>): WorkloadState {
  const found = world.workload(kind, namespace, name);
  if (found === null) throw new HttpError(404, `there is no ${kind} ${namespace}/${name}`);
  return found;
}

/** What carries the labels and annotations of an object. */
function marked(world: World, mark: z.infer<typeof Mark>): { labels: Record<string, string>; annotations: Record<string, string> } {
  if (mark.kind === 'Namespace') return world.namespace(mark.name);
  return mark.kind === 'Pod' ? needPod(world, mark.namespace, mark.name) : needWorkload(world, mark);
}

function markOf(world: World, mark: z.infer<typeof Mark>) {
  const { labels, annotations } = marked(world, mark);
  return { labels: { ...labels, ...mark.labels }, annotations: { ...annotations, ...mark.annotations } };
}
