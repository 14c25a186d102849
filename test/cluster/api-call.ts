/** A request to the API server in the words of its access rules. */
export interface ApiCall {
  readonly verb: string;
  /** With its subresource, e.g. `pods/exec`; empty for what is no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reads method and path as the API server does. */
export function apiCallOf(method: string, target: string): ApiCall {
  const { pathname, searchParams } = new URL(target, 'https://api');
  const parts = pathname.split('/').filter((part) => part !== '');
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [kind = '', name = '', subresource] = inNamespace ? rest.slice(2) : rest;
  return {
    verb: verbOf(method, name, searchParams),
    resource: subresource === undefined ? kind : `${kind}/${subresource}`,
    namespace: inNamespace ? (rest[1] ?? '') : '',
    name,
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verbs: Record<string, string> = {
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: name === '' ? 'deletecollection' : 'delete',
  };
  if (verbs[method] !== undefined) return verbs[method];
  if (name !== '') return 'get';
  return ['1', 'true'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
}
