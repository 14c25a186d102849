import { expect, test } from 'vitest';
import { serverConfig } from '../../../../src/adapters/redis/server-config.ts';

const settings = { directory: '/data/a "b" \\c', socket: '/run/s.sock', maxMemoryBytes: 1024, durable: true };
const config = serverConfig(settings);

test.each([
  'port 0',
  'unixsocketperm 700',
  'appendonly yes',
  'appendfsync always',
  'aof-load-truncated yes',
  'maxmemory 1024',
  'maxmemory-policy noeviction',
  'hz 100',
])('the embedded server runs with `%s`', (line) => {
  expect(config.split('\n')).toContain(line);
});

test('of a store that is thrown away nothing is written', () => {
  expect(serverConfig({ ...settings, durable: false }).split('\n')).toContain('appendonly no');
});

test('paths are quoted as the server reads them', () => {
  expect(config).toContain('dir "/data/a \\"b\\" \\\\c"\n');
  expect(config).toContain('unixsocket "/run/s.sock"\n');
});
