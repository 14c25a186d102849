import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.ts';
import type { ClusterPlace } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { isReady, type Pod } from './objects.ts';
import { takeSubnet } from './pod-network.ts';
import { Account, type Permissions } from './account.ts';

const READY_MS = 20_000;

/** A namespace of a test's own with a node of its own: all of its pods are there. */
export class TestNamespace implements AsyncDisposable {
  readonly name: string;
  readonly place: ClusterPlace;
  /** As somebody who may do everything. */
  readonly api: Api;
  readonly kubelet: FakeKubelet;
  readonly #parts: AsyncDisposableStack;

  private constructor(name: string, place: ClusterPlace, api: Api, kubelet: FakeKubelet, parts: AsyncDisposableStack) {
    this.name = name;
    this.place = place;
    this.api = api;
    this.kubelet = kubelet;
    this.#parts = parts;
  }

  /** `metadata`: labels and annotations of the namespace. */
  static async open(
    place: ClusterPlace,
    metadata: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  ): Promise<TestNamespace> {
    await using parts = new AsyncDisposableStack();
    const name = `t-${randomBytes(4).toString('hex')}`;
    const api = parts.use(Api.admin(place));
    const subnet = takeSubnet(join(place.folder, 'net'));
    parts.defer(() => subnet.release());
    const annotations = { ...metadata['annotations'], 'scheduler.alpha.kubernetes.io/node-selector': `test/namespace=${name}` };
    await api.create('/api/v1/namespaces', { metadata: { name, labels: metadata['labels'] ?? {}, annotations } });
    const kubelet = parts.use(await FakeKubelet.start({ place, api, namespace: name, subnet }));
    // Pods are refused before the account that they run as is there.
    await eventually('the default service account', () => api.find(`/api/v1/namespaces/${name}/serviceaccounts/default`), {
      withinMs: READY_MS,
    });
    return new TestNamespace(name, place, api, kubelet, parts.move());
  }

  /** The namespace itself stays until the end of the control plane: taking it away takes longer than a test. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }

  /** Creates objects of this namespace from their manifests. */
  async apply(...manifests: readonly { readonly apiVersion: string; readonly kind: string }[]): Promise<void> {
    for (const manifest of manifests) {
      const base = manifest.apiVersion === 'v1' ? '/api/v1' : `/apis/${manifest.apiVersion}`;
      await this.api.create(`${base}/namespaces/${this.name}/${manifest.kind.toLowerCase()}s`, manifest);
    }
  }

  pods(): Promise<Pod[]> {
    return this.api.list<Pod>(this.#path('pods'));
  }

  /** Null when there is none. */
  pod(name: string): Promise<Pod | null> {
    return this.api.find<Pod>(this.#path(`pods/${name}`));
  }

  /** Waits until so many pods are ready, none of which is being deleted. */
  async ready(count: number): Promise<Pod[]> {
    return eventually(`${count} ready pods`, async () => {
      const ready = (await this.pods()).filter(isReady);
      return ready.length === count && ready;
    });
  }

  /** A service account that may do this and nothing else. `server`: where its kubeconfig points to; default the API server itself. */
  async account(permissions: Permissions, server = this.place.server): Promise<Account> {
    const name = this.name;
    await this.api.create(this.#path('serviceaccounts'), { metadata: { name: 'remediad' } });
    const { status } = await this.api.create<{ status: { token: string } }>(this.#path('serviceaccounts/remediad/token'), { spec: {} });
    const authority = readFileSync(join(this.place.folder, 'ca.crt'), 'utf8');
    const kubeconfig = writeKubeconfig(join(this.place.folder, `${name}.kubeconfig`), { name, server, authority, token: status.token });
    const account = new Account({ api: this.api, namespace: name, kubeconfig, context: name, token: status.token });
    await account.grant(permissions);
    return account;
  }

  #path(rest: string): string {
    return `/api/v1/namespaces/${this.name}/${rest}`;
  }
}
