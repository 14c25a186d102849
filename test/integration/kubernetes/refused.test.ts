import { writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKubernetesCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { writeCertificates } from '../../cluster/certificates.ts';
import { recordingLog } from '../../support/log.ts';
import { tempDir } from '../../support/temp-dir.ts';

// Whose 401 it is: that of the API server, or that of a pod's own page behind its proxy.

let opened: AsyncDisposableStack;
let tokens: (string | undefined)[];
let page: string;
let cluster: Cluster;
let tokenFile: string;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  tokens = [];
  const folder = opened.use(await tempDir()).path;
  writeCertificates(folder);
  const read = (name: string) => readFileSync(join(folder, name));
  const server = createServer({ cert: read('server.crt'), key: read('server.key') }, (request, answer) => {
    tokens.push(request.headers.authorization);
    answer.writeHead(401).end(page);
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'first');
  const file = join(folder, 'kubeconfig');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name: 'u', user: { tokenFile } }],
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(file, JSON.stringify(config));
  const credentials = { kind: 'kubeconfig', file, context: 'main' } as const;
  const options = { name: 'prod', version: '0', log: recordingLog(), qps: 50, burst: 100, credentials, clock: systemClock };
  cluster = opened.use(await createKubernetesCluster(options));
});
afterEach(() => opened.disposeAsync());

const askPage = () =>
  cluster.httpGet({ namespace: 'prod', pod: 'node-0', port: 80, path: '/', limitBytes: 1_000 }, AbortSignal.timeout(5_000));

test('a page that wants a login of its own leaves the credentials of the cluster as they are', async () => {
  page = 'log in first';
  expect(await askPage()).toMatchObject({ status: 401, body: page });
  await writeFile(tokenFile, 'second');
  await askPage();
  expect(tokens).toEqual(['Bearer first', 'Bearer first']);
});

test('the word of the API server has them read anew', async () => {
  page = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
  await expect(askPage()).rejects.toThrow('does not know these credentials');
  await writeFile(tokenFile, 'second');
  await expect(askPage()).rejects.toThrow('does not know these credentials');
  expect(tokens).toEqual(['Bearer first', 'Bearer second']);
});
