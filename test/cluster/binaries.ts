import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const scripts = resolve(import.meta.dirname, '../../scripts/control-plane');

/** Where `scripts/control-plane` puts what it builds and gets; the same place as in its `cache.sh`. */
export function binariesFolder(): string {
  const given = process.env['KUBE_TEST_BIN'];
  if (given !== undefined && given !== '') return given;
  const [, version] = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(scripts, 'kube/go.mod'), 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${scripts}/kube/go.mod requires no k8s.io/kubernetes`);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'kube-test-bin', version);
}

/** Path of a program of the control plane, or of `kubectl` or `helm`. */
export function controlPlaneBinary(name: string): string {
  const path = join(binariesFolder(), name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make cluster-test\`, which gets it`);
  return path;
}

/** The control plane is there to be started. */
export function isBuilt(): boolean {
  return ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].every((name) => existsSync(join(binariesFolder(), name)));
}
