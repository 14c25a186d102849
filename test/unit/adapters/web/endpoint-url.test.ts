import { describe, expect, test } from 'vitest';
import { underEndpoint } from '../../../../src/adapters/web/endpoint-url.ts';
import { ClusterError } from '../../../../src/core/ports.ts';

const endpoints = { node: 'http://node.example:9999', api: 'https://api.example/v2/nodes', root: 'http://[fd12::1]:8080/' };

describe('a URL under a configured endpoint passes', () => {
  test.each([
    'http://node.example:9999',
    'http://node.example:9999/health?verbose=1',
    'http://NODE.example:9999/health',
    'https://api.example/v2/nodes',
    'https://api.example/v2/nodes/1',
    'https://api.example/v2/nodes/1/../2',
    'http://[fd12::1]:8080/metrics',
  ])('%s', (url) => expect(underEndpoint(url, endpoints)).toEqual(new URL(url)));
});

describe('anything else is refused before it is sent', () => {
  test.each([
    ['another port', 'http://node.example:9998/health'],
    ['another scheme', 'https://node.example:9999/health'],
    ['another host', 'http://node.example.evil:9999/health'],
    ['a host in the credentials', 'http://node.example:9999@evil/health'],
    ['credentials', 'http://user:pass@node.example:9999/health'],
    ['a path beside the base', 'https://api.example/v2/nodesandmore'],
    ['a path above the base', 'https://api.example/v2'],
    ['dot segments out of the base', 'https://api.example/v2/nodes/../secrets'],
    ['encoded dot segments', 'https://api.example/v2/nodes/%2e%2e/secrets'],
    ['a hidden separator', 'https://api.example/v2/nodes/..%2fsecrets'],
    ['a hidden backslash', 'https://api.example/v2/nodes/..%5Csecrets'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['no URL', 'node.example/health'],
    ['nothing', ''],
  ])('%s', (_name, url) => expect(() => underEndpoint(url, endpoints)).toThrow(ClusterError));

  test('saying why, but neither query nor credentials', () => {
    expect(() => underEndpoint('http://evil.example/x?token=s3cret', endpoints)).toThrow(
      new ClusterError('invalid', 'http://evil.example/x lies under none of the configured endpoints'),
    );
    expect(() => underEndpoint('http://user:pass@node.example:9999/', endpoints)).toThrow(
      /^http:\/\/node\.example:9999\/ carries credentials$/,
    );
  });

  test('everything, where nothing is configured', () => {
    expect(() => underEndpoint('http://node.example:9999/', {})).toThrow(ClusterError);
  });
});
