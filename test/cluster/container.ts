import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chown, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TEST_FILE_MARK } from '../support/leftovers.ts';
import { startProcess, type Process } from '../support/process.ts';
import { theOne, type Manifest } from './chart.ts';

/** Plays what a node does with the pod of a Deployment: its container runs on this machine, out of the file tree of the image. */

const script = resolve(import.meta.dirname, 'container.sh');
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

type Texts = Readonly<Record<string, string>>;

interface PodSpec {
  readonly securityContext: { readonly runAsUser: number };
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
}

export interface PodOptions {
  /** A folder of the test's own. */
  readonly folder: string;
  /** What `scripts/image/tree.sh` made. */
  readonly tree: string;
  /** Of the rendered chart, without hooks. */
  readonly manifests: readonly Manifest[];
  /** The data of each Secret, by its name. */
  readonly secrets: Readonly<Record<string, Texts>>;
  /** What a pod is told of its account and its API server. */
  readonly account: { readonly token: string; readonly authority: string; readonly server: string };
}

export interface Container extends Process {
  /** Sends the signal to process 1 of the container. */
  tell(signal: NodeJS.Signals): void;
}

/** The pod with its volumes, which outlive its containers. It needs the rights to mount. */
export class PlayedPod {
  readonly #folder: string;
  readonly #spec: PodSpec;
  readonly #mounts: readonly string[];
  readonly #env: Texts;

  private constructor(folder: string, spec: PodSpec, mounts: readonly string[], env: Texts) {
    this.#folder = folder;
    this.#spec = spec;
    this.#mounts = mounts;
    this.#env = env;
  }

  static async create({ folder, tree, manifests, secrets, account }: PodOptions): Promise<PlayedPod> {
    const { spec } = (theOne(manifests, 'Deployment').spec as { template: { spec: PodSpec } }).template;
    const user = spec.securityContext.runAsUser;
    const contents = new Map<string, Texts | null>(
      spec.volumes.map(({ name, configMap, secret }) => {
        if (configMap !== undefined) return [name, theOne(manifests, 'ConfigMap', configMap.name).data ?? {}];
        return [name, secret === undefined ? null : (secrets[secret.secretName] ?? {})];
      }),
    );
    const mounts = [`${tree}:/opt/remediad`];
    for (const { name, mountPath } of spec.containers[0]?.volumeMounts ?? []) {
      mounts.push(`${await makeVolume(join(folder, name), contents.get(name) ?? null, user)}:${mountPath}`);
    }
    const told = { token: account.token, 'ca.crt': account.authority, namespace: 'any' };
    mounts.push(`${await makeVolume(join(folder, 'account'), told, user)}:${ACCOUNT}`);
    const { hostname, port } = new URL(account.server);
    const env = Object.fromEntries(spec.containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);
    return new PlayedPod(folder, spec, mounts, { ...env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  }

  /** A container as in the Deployment; `args` in place of its own, as `kubectl exec` would run them. */
  async start(args: readonly string[] = this.#spec.containers[0]?.args ?? []): Promise<Container> {
    const root = await mkdtemp(join(this.#folder, 'root-'));
    const env = { ...this.#env, PATH: '/opt/remediad/bin:/usr/bin:/bin', [TEST_FILE_MARK]: process.env[TEST_FILE_MARK] ?? '' };
    const bare = ['env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    const isolated = [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      script,
      root,
      `${this.#spec.securityContext.runAsUser}`,
      ...this.#mounts,
    ];
    const started = await startProcess('unshare', [...isolated, '--', ...bare, 'remediad', ...args]);
    const tell = (signal: NodeJS.Signals): void => {
      const [first] = readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8').split(' ');
      if (first !== undefined && first !== '') process.kill(Number(first), signal);
    };
    // Ending only what waits for process 1 would leave that: it took another user on, and with it lost its tie to the parent.
    const dispose = async (): Promise<void> => {
      if (started.ended === null) tell('SIGKILL');
      await started.waitForEnd();
    };
    return Object.assign(started, { tell, [Symbol.asyncDispose]: dispose });
  }
}

/** Files as a node mounts them, links through a folder that can be swapped at once; null = an empty folder that the pod may write to. */
async function makeVolume(folder: string, files: Texts | null, user: number): Promise<string> {
  await mkdir(folder);
  if (files === null) await chown(folder, user, user);
  for (const [name, text] of Object.entries(files ?? {})) {
    await mkdir(join(folder, '..now'), { recursive: true });
    await writeFile(join(folder, '..now', name), text, { mode: 0o440 });
    await chown(join(folder, '..now', name), 0, user);
    await symlink(join('..data', name), join(folder, name));
  }
  if (files !== null) await symlink('..now', join(folder, '..data'));
  return folder;
}

/** Makes the image's file tree in the folder, which must not be there yet; its path. */
export function makeTree(folder: string): string {
  execFileSync(resolve(import.meta.dirname, '../../scripts/image/tree.sh'), [folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  return folder;
}
