import { describe, expect, test } from 'vitest';
import { callIn, clusterCall, fieldSelector, proxyCall, wordsOf } from '../../../../src/adapters/kubernetes/call.ts';

const invalid = expect.objectContaining({ name: 'ClusterError', kind: 'invalid' });

describe('a call', () => {
  test.each([
    [callIn('chain', 'get', 'pods', 'node-1'), '/api/v1/namespaces/chain/pods/node-1', 'get pods in chain'],
    [callIn('chain', 'list', 'pods', null), '/api/v1/namespaces/chain/pods', 'list pods in chain'],
    [callIn('chain', 'create', 'pods/exec', 'node-1'), '/api/v1/namespaces/chain/pods/node-1/exec', 'create pods/exec in chain'],
    [
      callIn('chain', 'get', 'statefulsets', 'node', { group: 'apps/v1' }),
      '/apis/apps/v1/namespaces/chain/statefulsets/node',
      'get statefulsets in chain',
    ],
    [clusterCall('get', 'nodes', 'worker-1.example.com'), '/api/v1/nodes/worker-1.example.com', 'get nodes'],
    [
      clusterCall('create', 'selfsubjectaccessreviews', null, { group: 'authorization.k8s.io/v1' }),
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'create selfsubjectaccessreviews',
    ],
  ])('has its path %#', (call, path, words) => {
    expect(call.path).toBe(path);
    expect(wordsOf(call)).toBe(words);
  });

  test('has its query encoded, repeated keys as they are', () => {
    const query = [
      ['command', 'a b'],
      ['command', '&x=1'],
    ] as const;
    expect(callIn('chain', 'create', 'pods/exec', 'node-1', { query }).path).toMatch(/exec\?command=a\+b&command=%26x%3D1$/);
  });

  test.each(['', '.', '..', '../..', 'a/b', 'a?b', 'a#b', 'a%2fb', 'A', 'a b', 'a\n', '-a', 'a.', 'x'.repeat(254)])(
    'never has the name %j in its path',
    (bad) => {
      expect(() => callIn('chain', 'get', 'pods', bad)).toThrow(invalid);
      expect(() => callIn(bad, 'get', 'pods', 'node-1')).toThrow(invalid);
      expect(() => clusterCall('get', 'nodes', bad)).toThrow(invalid);
      expect(() => proxyCall('chain', bad, 80, '/')).toThrow(invalid);
    },
  );
});

describe('a page of a pod', () => {
  test.each([
    ['/health', '/health'],
    ['/health?deep=1&x=a b', '/health?deep=1&x=a%20b'],
    ['/a/../../../secrets', '/secrets'],
    ['/%2e%2e/%2E%2e/x', '/x'],
    ['//other.example/x', '//other.example/x'],
    ['/x#fragment', '/x'],
    [String.raw`/\..\..\x`, '/x'],
  ])('%j stays in the pod', (path, inPod) => {
    const call = proxyCall('chain', 'node-1', 8080, path);
    expect(call.path).toBe(`/api/v1/namespaces/chain/pods/node-1:8080/proxy${inPod}`);
    expect(new URL(call.path, 'https://api').pathname).toMatch(/^\/api\/v1\/namespaces\/chain\/pods\/node-1:8080\/proxy\//);
  });

  test.each([
    ['health', 80],
    ['', 80],
    ['http://other/x', 80],
    ['/', 0],
    ['/', 65_536],
    ['/', 1.5],
    ['/', Number.NaN],
  ])('%j at port %d is refused', (path, port) => {
    expect(() => proxyCall('chain', 'node-1', port, path)).toThrow(invalid);
  });
});

test('a value of a field selector cannot add another field', () => {
  expect(fieldSelector({ 'status.podIP': '10.0.0.1,metadata.name=x', 'spec.nodeName': String.raw`a\b` })).toBe(
    String.raw`status.podIP=10.0.0.1\,metadata.name\=x,spec.nodeName=a\\b`,
  );
});
