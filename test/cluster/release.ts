import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { tempDir } from '../support/temp-dir.ts';
import { chartFolder, helm, lasting, manifestsOf, type Said, type Values } from './chart.ts';
import { makeTree, PlayedPod, type Container } from './container.ts';
import type { ClusterPlace } from './control-plane.ts';
import { TestNamespace } from './namespace.ts';

/**
 * A release of the chart named `remediad` whose pod really runs: the container of the Deployment, out of the image's tree, on this machine. It is
 * started with the first command that is run in the pod, or by `started`.
 */
export class Release implements AsyncDisposable {
  /** Namespace of the release. */
  readonly home: TestNamespace;
  /** Where the daemon is reached from here; the value `service.port` must say so. */
  readonly port: number;
  readonly folder: string;
  readonly #place: ClusterPlace;
  readonly #parts: AsyncDisposableStack;
  #pod: PlayedPod | null = null;
  #daemon: Container | null = null;

  private constructor(place: ClusterPlace, home: TestNamespace, folder: string, port: number, parts: AsyncDisposableStack) {
    this.#place = place;
    this.home = home;
    this.folder = folder;
    this.port = port;
    this.#parts = parts;
  }

  /** Nothing is installed yet; there is a volume for the store. */
  static async open(place: ClusterPlace): Promise<Release> {
    await using parts = new AsyncDisposableStack();
    const home = parts.use(await TestNamespace.open(place));
    const folder = parts.use(await tempDir()).path;
    await chmod(folder, 0o755);
    makeTree(join(folder, 'tree'));
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: home.name, name: 'remediad' };
    await home.api.create('/api/v1/persistentvolumes', {
      metadata: { name: home.name },
      spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/none' }, claimRef },
    });
    const release = new Release(place, home, folder, await freePort(), parts.move());
    home.kubelet.fate = (name) => (name.startsWith('remediad-check') ? { condition: { phase: 'Succeeded' } } : {});
    home.kubelet.command =
      (_, [, ...args]) =>
      async (call) => {
        await release.started();
        const { code, output } = await release.run(...args);
        await call.print(output);
        return typeof code === 'number' ? code : 255;
      };
    return release;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  install(values: Values): Promise<Said> {
    const args = ['install', 'remediad', chartFolder, '--namespace', this.home.name, '--wait', '--timeout', '40s'];
    return helm(args, { values: { ...values, service: { port: this.port } }, kubeconfig: this.#place.adminKubeconfig });
  }

  /** The daemon that runs; of the Deployment as the API server has it. */
  async started(): Promise<Container> {
    if (this.#daemon !== null) return this.#daemon;
    this.#pod ??= await this.#play();
    this.#daemon = await this.#pod.start();
    await this.#daemon.waitForLine(/remediad is ready/, 20_000);
    return this.#daemon;
  }

  /** Ends the daemon by this signal; what it ended with. The next `started` is another one. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const daemon = await this.started();
    daemon.tell(signal);
    const code = await daemon.waitForEnd(20_000);
    this.#daemon = null;
    return code;
  }

  /** Runs `remediad` with these arguments in the pod. */
  async run(...args: string[]): Promise<{ readonly code: number | NodeJS.Signals; readonly output: string }> {
    this.#pod ??= await this.#play();
    await using command = await this.#pod.start(args);
    return { code: await command.waitForEnd(20_000), output: command.output };
  }

  async token(): Promise<string> {
    return (await this.#secret())['token'] ?? '';
  }

  async #secret(): Promise<Record<string, string>> {
    const { data } = await this.home.api.get<{ data: Record<string, string> }>(`/api/v1/namespaces/${this.home.name}/secrets/remediad`);
    return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64').toString()]));
  }

  async #play(): Promise<PlayedPod> {
    const args = ['get', 'manifest', 'remediad', '--namespace', this.home.name];
    const { stdout } = await helm(args, { kubeconfig: this.#place.adminKubeconfig });
    const path = `/api/v1/namespaces/${this.home.name}/serviceaccounts/remediad/token`;
    const { status } = await this.home.api.create<{ status: { token: string } }>(path, { spec: {} });
    const authority = readFileSync(join(this.#place.folder, 'ca.crt'), 'utf8');
    return PlayedPod.create({
      folder: this.folder,
      tree: join(this.folder, 'tree'),
      manifests: lasting(manifestsOf(stdout)),
      secrets: { remediad: await this.#secret() },
      account: { token: status.token, authority, server: this.#place.server },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    await this.#parts.disposeAsync();
  }
}
