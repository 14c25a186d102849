import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { packSet, unpackSet } from '../../../src/config/kept-set.ts';
import type { SourceSet } from '../../../src/config/source-set.ts';

const text = (content: string) => ({ content, hash: 'h' });
const set: SourceSet = {
  root: { path: '/etc/remediad/remediad.yaml', text: text('global: { dry_run: true }\n') },
  rules: [{ path: '/etc/remediad/rules/a.yaml', text: text('rules: [] # ü\n') }],
  remediations: [],
  patterns: { rules: [{ pattern: 'rules/*.yaml', found: true }], remediations: [] },
};

test('a set comes out of its packing as it went in', () => {
  expect(unpackSet(packSet(set), '/etc/remediad/remediad.yaml')).toEqual(set);
  expect(unpackSet(packSet(set), null)).toEqual(set);
  expect(unpackSet(packSet({ ...set, root: null }), '/elsewhere.yaml').root).toBeNull();
});

test('what its root file names is relative to where that is now', () => {
  expect(unpackSet(packSet(set), '/opt/remediad.yaml').root).toEqual({ ...set.root, path: '/opt/remediad.yaml' });
});

test.each([
  ['redis: { url: "redis://user:hunter2@store:6379/0" }', 'redis: { url: "redis://<secret>@store:6379/0" }'],
  ['redis: { url: rediss://:hunter2@store:6379 }', 'redis: { url: rediss://<secret>@store:6379 }'],
  ['redis: { url: redis-sentinel://u:hunter2@a:1,b:2/main }', 'redis: { url: redis-sentinel://<secret>@a:1,b:2/main }'],
  ['redis: { url: unix://:hunter2@/run/redis.sock }', 'redis: { url: unix://<secret>@/run/redis.sock }'],
  ['redis: { url: redis://store:6379/0 } # ask me@example.test', 'redis: { url: redis://store:6379/0 } # ask me@example.test'],
])('the password of %s is not kept', (content, kept) => {
  const root = unpackSet(packSet({ ...set, root: { path: '/r', text: text(content) } }), null).root;
  expect(root?.text).toEqual(text(kept));
});

test('what another version kept is refused', () => {
  const packed = gzipSync(JSON.stringify({ schema: 2 })).toString('base64');
  expect(() => unpackSet(packed, null)).toThrow('it was kept by another version of remediad (schema 2, this one knows 1)');
});
