import { writeFileSync } from 'node:fs';

export interface KubeconfigOptions {
  /** Of the context, the cluster and the user. */
  readonly name: string;
  readonly server: string;
  /** The PEM text of the authority that signed the server's certificate. */
  readonly authority: string;
  readonly token: string;
}

/** Writes a kubeconfig of one context; its path. */
export function writeKubeconfig(path: string, { name, server, authority, token }: KubeconfigOptions): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
