import type { PodView, Workload } from '../../core/objects.ts';
import type { Api } from './api.ts';
import { callIn } from './call.ts';
import { controllerOf, Pod } from './pod-view.ts';
import { ApiWorkload, resources, selectorText, workloadView } from './workload-view.ts';

type Kind = Workload['kind'];

/** Workloads of one cluster with their pods. */
export class Workloads {
  readonly #cluster: string;
  readonly #api: Api;
  /** The label selector of each workload that was shown; in apps/v1 it never changes. */
  readonly #selectors = new WeakMap<Workload, string>();

  constructor(cluster: string, api: Api) {
    this.#cluster = cluster;
    this.#api = api;
  }

  async get(kind: Kind, namespace: string, name: string, signal: AbortSignal): Promise<Workload | null> {
    const found = await this.#read(kind, namespace, name, signal);
    return found === null ? null : this.#show(kind, found);
  }

  /** Whose pod or ReplicaSet it is; null where that is gone, another one by now, or of a kind that we do not know. */
  async owning(namespace: string, owner: NonNullable<PodView['owner']>, signal: AbortSignal): Promise<Workload | null> {
    const kind = kindOf(owner.kind);
    const found = kind === null ? null : await this.#read(kind, namespace, owner.name, signal);
    if (kind === null || found?.metadata.uid !== owner.uid) return null;
    const above = kind === 'ReplicaSet' ? controllerOf(found.metadata) : null;
    return above === null ? this.#show(kind, found) : this.owning(namespace, above, signal);
  }

  /** Those that carry the workload's labels and say that it, or a ReplicaSet of it, controls them. */
  async podsOf(workload: Workload, signal: AbortSignal): Promise<readonly Pod[]> {
    const { kind, namespace, uid } = workload;
    const selector = await this.#selectorOf(workload, signal);
    if (selector === null) return [];
    const query = [['labelSelector', selector]] as const;
    const pods = await this.#api.list(callIn(namespace, 'list', 'pods', null, { query }), Pod, signal);
    const owners = new Set([uid]);
    if (kind === 'Deployment') {
      // Read after the pods: each of them then finds the ReplicaSet that made it.
      const call = callIn(namespace, 'list', 'replicasets', null, { query, group: 'apps/v1' });
      const sets = await this.#api.list(call, ApiWorkload, signal);
      for (const { metadata } of sets) if (controllerOf(metadata)?.uid === uid) owners.add(metadata.uid);
    }
    return pods.filter(({ metadata }) => owners.has(controllerOf(metadata)?.uid ?? ''));
  }

  async #selectorOf(workload: Workload, signal: AbortSignal): Promise<string | null> {
    const known = this.#selectors.get(workload);
    if (known !== undefined) return known;
    const found = await this.#read(workload.kind, workload.namespace, workload.name, signal);
    return found === null ? null : selectorText(found.spec.selector);
  }

  #read(kind: Kind, namespace: string, name: string, signal: AbortSignal): Promise<ApiWorkload | null> {
    return this.#api.get(callIn(namespace, 'get', resources[kind], name, { group: 'apps/v1' }), ApiWorkload, signal);
  }

  #show(kind: Kind, found: ApiWorkload): Workload {
    const view = workloadView(this.#cluster, kind, found);
    this.#selectors.set(view, selectorText(found.spec.selector));
    return view;
  }
}

function kindOf(text: string): Kind | null {
  return text === 'StatefulSet' || text === 'Deployment' || text === 'DaemonSet' || text === 'ReplicaSet' ? text : null;
}
