import type { Subject, Tools } from '../../core/capability.ts';
import { ClusterError } from '../../core/ports.ts';

/** What was asked and its HTTP status; 0 = the connection was refused. Everything else that goes wrong is thrown. */
export interface Probed {
  readonly status: number;
  readonly where: string;
}

/** Where to ask; `port` of the pod, `endpoint` for a configured one. */
export interface Page {
  readonly path: string;
  readonly port?: number | undefined;
  readonly endpoint?: string | undefined;
}

const LIMIT_BYTES = 16 * 1024;
const CURL_REFUSED = 7;

/** From within the pod: what the node itself would see, and no policy of the network in between. */
export async function probeByExec(subject: Subject, page: Page, { cluster, signal }: Tools): Promise<Probed> {
  const { pod, port } = podAndPort(subject, page);
  const url = `http://localhost:${port}${page.path}`;
  const command = ['curl', '-sS', '-m', '5', '--noproxy', '*', '-o', '/dev/null', '-w', '%{http_code}', url];
  const { namespace, name, uid } = pod;
  const container = subject.entry?.container ?? null;
  const { exitCode, stdout, stderr } = await cluster.exec(
    { namespace, pod: name, uid, container, command, limitBytes: LIMIT_BYTES, run: subject.run.id },
    signal,
  );
  const where = `${url} in pod ${name}`;
  if (exitCode === CURL_REFUSED) return { status: 0, where };
  if (exitCode !== 0 || !/^\d{3}$/.test(stdout)) {
    throw new ClusterError('invalid', `${where}: curl ended with ${exitCode}: ${stderr.trim().slice(0, 200)}`);
  }
  return { status: Number(stdout), where };
}

/** The API server reports with a status of its own when it cannot reach the pod. */
export async function probeByApi(subject: Subject, page: Page, { cluster, signal }: Tools): Promise<Probed> {
  const { pod, port } = podAndPort(subject, page);
  const { namespace, name } = pod;
  const { status, body } = await cluster.httpGet({ namespace, pod: name, port, path: page.path, limitBytes: LIMIT_BYTES }, signal);
  const where = `port ${port}${page.path} of pod ${name}`;
  if (status < 500 || !body.includes('error trying to reach service')) return { status, where };
  if (body.includes('connection refused')) return { status: 0, where };
  throw new ClusterError('unreachable', `${where}: ${body.slice(0, 200)}`);
}

export async function probeByWeb(subject: Subject, page: Page, { web, signal }: Tools): Promise<Probed> {
  const name = page.endpoint ?? '';
  const base = Object.hasOwn(subject.edition.endpoints, name) ? subject.edition.endpoints[name] : undefined;
  if (base === undefined) throw new ClusterError('invalid', `endpoints has no entry ${JSON.stringify(name)}`);
  const url = base.replace(/\/+$/, '') + page.path;
  try {
    const { status } = await web.get(url, LIMIT_BYTES, signal);
    return { status, where: url };
  } catch (error) {
    if (isRefused(error)) return { status: 0, where: url };
    throw error;
  }
}

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ECONNREFUSED') || isRefused(error.cause);
}

function podAndPort({ pod, entry }: Subject, page: Page): { pod: NonNullable<Subject['pod']>; port: number } {
  const port = page.port ?? entry?.ports['metrics'];
  if (pod === null) throw new ClusterError('invalid', 'there is no pod to probe');
  if (port === undefined) throw new ClusterError('invalid', 'no port is given and the workload has no `metrics` port');
  return { pod, port };
}
