import { ClusterError } from '../../core/ports.ts';

/**
 * The URL, if it lies under one of the configured base URLs: the same scheme, host and port, and the base's path as a prefix of whole
 * segments. Dot segments are resolved by parsing; separators hidden as `%2f` are refused, for servers differ in what they make of them.
 * Throws `ClusterError` of kind `invalid` otherwise.
 */
export function underEndpoint(text: string, endpoints: Readonly<Record<string, string>>): URL {
  const url = parse(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused(url, 'is neither http nor https');
  if (url.username !== '' || url.password !== '') throw refused(url, 'carries credentials');
  if (/%2f|%5c/i.test(url.pathname)) throw refused(url, 'hides a path separator');
  if (!Object.values(endpoints).some((base) => lies(url, parse(base)))) throw refused(url, 'lies under none of the configured endpoints');
  return url;
}

function lies(url: URL, base: URL): boolean {
  const folder = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  return url.origin === base.origin && (url.pathname === base.pathname || url.pathname.startsWith(folder));
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new ClusterError('invalid', `not a URL: ${JSON.stringify(text.slice(0, 200))}`);
  return url;
}

/** Without query and credentials, which may be secret. */
function refused(url: URL, why: string): ClusterError {
  return new ClusterError('invalid', `${url.protocol}//${url.host}${url.pathname} ${why}`);
}
