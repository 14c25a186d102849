import { expect, test } from 'vitest';
import { isLoopback, parseListenAddress } from '../../../src/config/address.ts';

test.each([
  ['127.0.0.1:8484', { host: '127.0.0.1', port: 8484 }],
  [':8484', { host: '0.0.0.0', port: 8484 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['127.0.0.1', null],
  ['127.0.0.1:65536', null],
  ['::1:80', null],
  ['a b:80', null],
  ['http://a:80', null],
  ['', null],
])('%s is %j', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.255.3.4', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['localhost.example.org', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
