import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

/** Verbs by resource; a resource outside of the core group is written `deployments.apps`, a subresource `pods/exec`. */
export type Permissions = Readonly<Record<string, readonly string[]>>;

/** What remediad asks of a cluster, all of it. */
export const ALL_PERMISSIONS: Permissions = {
  namespaces: ['get'],
  nodes: ['get'],
  pods: ['get', 'list', 'delete'],
  'pods/exec': ['get', 'create'],
  'pods/log': ['get'],
  'pods/proxy': ['get'],
  events: ['list', 'create'],
  'statefulsets.apps': ['get'],
  'deployments.apps': ['get'],
  'replicasets.apps': ['get', 'list'],
  'daemonsets.apps': ['get'],
  'leases.coordination.k8s.io': ['get', 'create', 'update'],
};

export interface AccountOptions {
  readonly api: Api;
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly token: string;
}

/** The service account `remediad` of a namespace, with a cluster role of its own. */
export class Account {
  readonly kubeconfig: string;
  readonly context: string;
  readonly token: string;
  readonly #api: Api;
  readonly #namespace: string;
  #permissions: Permissions = {};

  constructor({ api, namespace, kubeconfig, context, token }: AccountOptions) {
    this.kubeconfig = kubeconfig;
    this.context = context;
    this.token = token;
    this.#api = api;
    this.#namespace = namespace;
  }

  /** Gives it these permissions and returns when the API server knows. */
  async grant(permissions: Permissions): Promise<void> {
    const name = this.#namespace;
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
    await this.#api.create(`${RBAC}/clusterroles`, { metadata: { name }, rules: rulesOf(permissions) });
    await this.#api.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { ...rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', namespace: this.#namespace, name: 'remediad' }],
    });
    this.#permissions = permissions;
    const [last] = Object.entries(permissions).toReversed();
    if (last !== undefined) await this.#until(last[1][0] ?? '', last[0], true);
  }

  /** Takes one permission away, everywhere, and returns when the API server knows. */
  async revoke(verb: string, resource: string): Promise<void> {
    const kept = (this.#permissions[resource] ?? []).filter((one) => one !== verb);
    this.#permissions = { ...this.#permissions, [resource]: kept };
    const rules = rulesOf(this.#permissions);
    await this.#api.patch(`${RBAC}/clusterroles/${this.#namespace}`, { rules }, 'merge-patch');
    await this.#until(verb, resource, false);
  }

  async #until(verb: string, resource: string, allowed: boolean): Promise<void> {
    const [whole = '', ...group] = resource.split('.');
    const [name, subresource = ''] = whole.split('/');
    const spec = {
      user: `system:serviceaccount:${this.#namespace}:remediad`,
      resourceAttributes: { namespace: this.#namespace, verb, group: group.join('.'), resource: name, subresource },
    };
    await eventually(`the right to ${verb} ${resource} to be ${allowed ? 'given' : 'taken away'}`, async () => {
      const review = await this.#api.create<{ status: { allowed: boolean } }>(REVIEWS, { spec });
      return review.status.allowed === allowed;
    });
  }
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

function rulesOf(permissions: Permissions) {
  return Object.entries(permissions)
    .filter(([, verbs]) => verbs.length > 0)
    .map(([resource, verbs]) => {
      const [name, ...group] = resource.split('.');
      return { apiGroups: [group.join('.')], resources: [name], verbs };
    });
}
