import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { ClusterError } from '../../core/ports.ts';
import type { IdentitySource } from './identity.ts';

const FOLDER = 'var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The service account of the pod that we run in, as Kubernetes mounts it below `root`. Throws `ClusterError` outside of a pod: there is no
 * other API server to guess. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export function openServiceAccount(where: string, root: string): IdentitySource {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = process.env;
  if (host === '' || port === '') {
    throw new ClusterError(
      'invalid',
      `${where}: in_cluster needs remediad to run in a pod of that cluster; elsewhere give kubeconfig and context`,
    );
  }
  const server = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  return {
    async read() {
      const [token, ca] = await Promise.all(['token', 'ca.crt'].map((name) => readFile(join(root, FOLDER, name), 'utf8')));
      return { server, headers: { authorization: `Bearer ${token?.trim()}` }, tls: { ca } };
    },
    forget() {
      // Nothing is remembered: the files are read each time.
    },
  };
}
