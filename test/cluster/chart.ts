import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { Api } from './api.ts';
import { controlPlaneBinary } from './binaries.ts';
import type { ClusterPlace } from './control-plane.ts';

/** The chart as an operator uses it: by helm and kubectl. */

export const chartFolder = resolve(import.meta.dirname, '../../helm/remediad');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

/** What the chart demands before it renders anything. */
const needed = { image: { repository: 'registry.test/remediad' } };

export type Values = Readonly<Record<string, unknown>>;

export interface Said {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly output: string;
}

export interface HelmOptions {
  /** Added to those that the chart demands. */
  readonly values?: Values;
  /** Of the cluster that is installed to. */
  readonly kubeconfig?: string;
}

export async function helm(args: readonly string[], { values, kubeconfig = '' }: HelmOptions = {}): Promise<Said> {
  await using folder = await tempDir();
  const file = join(folder.path, 'values.yaml');
  if (values !== undefined) await writeFile(file, JSON.stringify({ ...needed, ...values }));
  const homes = { HELM_CACHE_HOME: folder.path, HELM_CONFIG_HOME: folder.path, HELM_DATA_HOME: folder.path };
  return await run('helm', values === undefined ? args : [...args, '--values', file], { ...homes, KUBECONFIG: kubeconfig });
}

export function kubectl(kubeconfig: string, ...args: string[]): Promise<Said> {
  return run('kubectl', args, { KUBECONFIG: kubeconfig });
}

async function run(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Said> {
  await using child = await startProcess(controlPlaneBinary(name), args, { env });
  const code = await child.waitForEnd(60_000);
  return { code, stdout: child.stdout, output: child.output.replaceAll(/^level=INFO .*\n/gm, '') };
}

/** The text that helm makes of the chart; what it says when it refuses is thrown. */
export async function render(values: Values = {}, { namespace = 'default', release = 'remediad' } = {}): Promise<string> {
  const { code, stdout, output } = await helm(['template', release, chartFolder, '--namespace', namespace], { values });
  if (code !== 0) throw new Error(output);
  return stdout;
}

/** All of it, also what is only there while it is installed: see `lasting`. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJSON() as Manifest | null) ?? []);
}

/** Without hooks. */
export const lasting = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);

export const textOf = (manifests: readonly Manifest[]): string => manifests.map((one) => `---\n${stringify(one)}`).join('');

/** The only one of this kind whose name ends so. */
export function theOne(manifests: readonly Manifest[], kind: string, ending = ''): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name.endsWith(ending));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`there are ${found.length} ${kind} *${ending}`);
  return only;
}

/** Writes what the chart's pod would find in /etc/remediad into `folder`, but for its secrets; the path of remediad.yaml. */
export async function writeConfig(folder: string, rendered: string): Promise<string> {
  for (const part of ['config', 'rules', 'remediations']) {
    await mkdir(join(folder, part));
    for (const [name, text] of Object.entries(theOne(lasting(manifestsOf(rendered)), 'ConfigMap', `-${part}`).data ?? {})) {
      await writeFile(join(folder, part, name), text.replaceAll('/etc/remediad/', `${folder}/`));
    }
  }
  return join(folder, 'config/remediad.yaml');
}

const ACCOUNT_KINDS = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'RoleBinding'];

/** Creates the account of a rendered chart with its roles; a token of it. */
export async function createAccount(place: ClusterPlace, manifests: readonly Manifest[]): Promise<string> {
  await using folder = await tempDir();
  const file = join(folder.path, 'account.yaml');
  const wanted = manifests.filter(({ kind }) => ACCOUNT_KINDS.includes(kind));
  await writeFile(file, textOf(wanted));
  const { code, output } = await kubectl(place.adminKubeconfig, 'apply', '-f', file);
  if (code !== 0) throw new Error(output);
  const { name, namespace = 'default' } = theOne(wanted, 'ServiceAccount').metadata;
  using api = Api.admin(place);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  return (await api.create<{ status: { token: string } }>(path, { spec: {} })).status.token;
}
