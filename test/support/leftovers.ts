import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Set in the environment of a test file's process, and so inherited by all that it starts, orphans included. */
export const TEST_FILE_MARK = 'REMEDIAD_TEST_FILE';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every live process but our own that carries this mark in its environment, however it was started and whoever its parent is now.
 * Reads /proc; where there is none, it sees nothing.
 */
export function leftovers(mark: string): Leftover[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => procFile(pid, 'environ').split('\0').includes(`${TEST_FILE_MARK}=${mark}`))
    .map((pid) => ({ pid, command: procFile(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

/** Empty when the process is gone, is a zombie, or is not ours to read. */
function procFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
