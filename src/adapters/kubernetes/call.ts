import { isDns1123Label, isDns1123Subdomain } from '../../core/dns1123.ts';
import { ClusterError } from '../../core/ports.ts';

/** One call of the API, in the words of its access rules, which the messages use too. */
export interface Call {
  /** `get` and `list` are sent as GET, `create` as POST, `update` as PUT. */
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'delete';
  /** With its subresource, e.g. `pods/exec`. */
  readonly resource: string;
  /** null = of the whole cluster. */
  readonly namespace: string | null;
  /** Below the server's address; its names are checked. */
  readonly path: string;
  readonly body?: unknown;
  /** The run that asks, for the API server's own audit. */
  readonly run?: string;
}

const core = '/api/v1';

/** What is left to say of a call whose place is known. */
type Details = Pick<Call, 'body' | 'run'> & { readonly query?: Query; readonly group?: string };
type Query = readonly (readonly [string, string])[];

/**
 * A call on a namespaced resource, or on one of its objects or subresources. Throws `ClusterError` for a name that Kubernetes does not take:
 * it would become part of the path.
 */
export function callIn(
  namespace: string,
  verb: Call['verb'],
  resource: string,
  name: string | null,
  { query = [], group, ...details }: Details = {},
): Call {
  if (!isDns1123Label(namespace)) throw new ClusterError('invalid', `not a name of a namespace: ${JSON.stringify(namespace)}`);
  const [kind = '', ...below] = resource.split('/');
  const base = group === undefined ? core : `/apis/${group}`;
  const object = name === null ? [] : [objectName(name), ...below];
  const path = [base, 'namespaces', namespace, kind, ...object].join('/');
  return { verb, resource, namespace, path: withQuery(path, query), ...details };
}

/** A call on a resource of the whole cluster, or on one object of it. Throws like `callIn`. */
export function clusterCall(verb: Call['verb'], resource: string, name: string | null, { group, ...details }: Details = {}): Call {
  const base = group === undefined ? core : `/apis/${group}`;
  const path = name === null ? `${base}/${resource}` : `${base}/${resource}/${objectName(name)}`;
  return { verb, resource, namespace: null, path, ...details };
}

/** The path of an HTTP request that the API server hands on to a port of the pod. Dots in it cannot lead out of the pod. */
export function proxyCall(namespace: string, pod: string, port: number, path: string): Call {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new ClusterError('invalid', `not a port: ${port}`);
  const inPod = path.startsWith('/') ? URL.parse(`http://pod${path}`) : null;
  if (inPod === null) throw new ClusterError('invalid', `not a path: ${JSON.stringify(path)}`);
  const call = callIn(namespace, 'get', 'pods/proxy', pod);
  const own = call.path.slice(0, -`${pod}/proxy`.length);
  return { ...call, path: `${own}${pod}:${port}/proxy${inPod.pathname}${inPod.search}` };
}

/** `get pods in chain-prod`, `get nodes`. */
export function wordsOf({ verb, resource, namespace }: Call): string {
  return `${verb} ${resource}${namespace === null ? '' : ` in ${namespace}`}`;
}

/** Field selectors, ANDed; a comma or an equals sign in a value is part of the value. */
export function fieldSelector(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}=${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`)
    .join(',');
}

function objectName(name: string): string {
  if (!isDns1123Subdomain(name)) throw new ClusterError('invalid', `not a name of an object: ${JSON.stringify(name)}`);
  return name;
}

function withQuery(path: string, query: Query): string {
  return query.length === 0
    ? path
    : `${path}?${new URLSearchParams(query.map(([key, value]): [string, string] => [key, value])).toString()}`;
}
