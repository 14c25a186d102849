import { expect, test } from 'vitest';
import { isForbiddenAddress } from '../../../../src/adapters/web/forbidden-address.ts';

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'febf::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'not an address',
  '',
])('%s is forbidden', (address) => expect(isForbiddenAddress(address)).toBe(true));

test.each(['127.0.0.1', '10.0.0.7', '169.253.255.255', '169.255.0.0', '::1', 'fd00::1', 'fec0::1', '2001:db8::1', '8.8.8.8'])(
  '%s is allowed',
  (address) => expect(isForbiddenAddress(address)).toBe(false),
);
