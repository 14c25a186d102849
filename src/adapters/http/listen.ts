import { BlockList, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopback(host: string): boolean {
  return host === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

/** Throws with one sentence where serving would leave the door open. */
export function assertMayListen(host: string, hasToken: boolean): void {
  if (hasToken || isLoopback(host)) return;
  throw new Error(
    `refusing to listen on ${host === '' ? 'all addresses' : host} without credentials: set web.bearer_token_file, or listen on 127.0.0.1`,
  );
}

/** Name in a Host header, without its port. */
export function hostName(header: string): string {
  const host = header.replace(/:\d+$/, '');
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
