import { BlockList, isIP } from 'node:net';

/**
 * Addresses that no endpoint may lead to, however its name resolves: link-local ones, where clouds serve their metadata and credentials,
 * and the metadata addresses that lie elsewhere. IPv4 written as IPv6 is recognised by the list itself, and through NAT64 below.
 */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6'); // 169.254.0.0/16 through NAT64
forbidden.addAddress('fd00:ec2::254', 'ipv6'); // Amazon EC2
forbidden.addAddress('fd20:ce::254', 'ipv6'); // Google Cloud
forbidden.addAddress('100.100.100.200', 'ipv4'); // Alibaba Cloud
forbidden.addAddress('192.0.0.192', 'ipv4'); // Oracle Cloud
forbidden.addAddress('168.63.129.16', 'ipv4'); // Azure

/** `address`: an IP address without brackets; what is none is forbidden. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  return family === 0 || forbidden.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
