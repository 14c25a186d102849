import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from './daemon.ts';

/**
 * Writes a folder as the kubelet does with a ConfigMap: the files are links into `..data`, which is a link to the folder of this version and
 * turned from one to the next in one step. The folder of before is removed.
 */
export function swapper(dir: string): (files: Readonly<Record<string, unknown>>) => Promise<void> {
  let version = 0;
  return async (files) => {
    const [before, next] = [`..v${version}`, `..v${version + 1}`];
    version += 1;
    await mkdir(join(dir, next), { recursive: true });
    await writeFiles(join(dir, next), files);
    await symlink(next, join(dir, '..data_tmp'));
    await rename(join(dir, '..data_tmp'), join(dir, '..data'));
    for (const name of version === 1 ? Object.keys(files) : []) await symlink(join('..data', name), join(dir, name));
    await rm(join(dir, before), { recursive: true, force: true });
  };
}
