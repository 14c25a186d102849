import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { privateDirectory, socketPath } from '../../../src/adapters/redis/server-directory.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('a folder that others may read is closed to them', async () => {
  await using folder = await tempDir();
  chmodSync(folder.path, 0o755);
  expect(privateDirectory(folder.path)).toBe(folder.path);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
});

test('a path that leads through a file is refused with the reason', async () => {
  await using folder = await tempDir();
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => privateDirectory(join(folder.path, 'file', 'store'))).toThrow(/the store cannot use .*ENOTDIR.*: give it a folder/);
});

test('a folder whose parents are missing is made with them', async () => {
  await using folder = await tempDir();
  const deep = join(folder.path, 'a', 'b', 'store');
  expect(privateDirectory(deep)).toBe(deep);
  expect(statSync(dirname(deep)).mode & 0o777).toBe(0o700);
});

test('a folder in which none can be made is refused', () => {
  expect(() => privateDirectory('/proc/none/store')).toThrow(/the store cannot use \/proc\/none\/store \(ENOENT.*: give it a folder/);
});

test('a path with a line break is refused: it would be a second setting', () => {
  expect(() => privateDirectory('/tmp/x\nport 6379')).toThrow('holds a line break');
});

test('the socket of the same long path is always the same, of another one another', async () => {
  await using folder = await tempDir();
  const long = (name: string) => `/data/${name.repeat(100)}`;
  expect(socketPath(long('a'), folder.path)).toBe(socketPath(long('a'), folder.path));
  expect(socketPath(long('b'), folder.path)).not.toBe(socketPath(long('a'), folder.path));
});

test('a runtime folder that is too long itself is refused with both ways out', () => {
  expect(() => socketPath(`/${'a'.repeat(110)}`, `/${'r'.repeat(90)}`)).toThrow(
    /too long.*\(\d+ bytes, at most 103\): choose a shorter storage path or a shorter XDG_RUNTIME_DIR/,
  );
});

describe('a runtime folder that somebody else prepared', () => {
  const directory = `/${'a'.repeat(110)}`;

  test('is not used when others may enter it', async () => {
    await using folder = await tempDir();
    chmodSync(dirname(socketPath(directory, folder.path)), 0o755);
    expect(() => socketPath(directory, folder.path)).toThrow('is not a private folder of this user');
  });

  test('is not used when it leads elsewhere', async () => {
    await using folder = await tempDir();
    const name = basename(dirname(socketPath(directory, folder.path)));
    const [elsewhere, runtime] = [join(folder.path, 'elsewhere'), join(folder.path, 'runtime')];
    for (const path of [elsewhere, runtime]) mkdirSync(path);
    symlinkSync(elsewhere, join(runtime, name));
    expect(() => socketPath(directory, runtime)).toThrow('is not a private folder of this user');
  });
});
