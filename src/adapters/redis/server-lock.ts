import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './server-binary.ts';

export interface DirectoryLock {
  release(): void;
}

/**
 * One daemon a folder. The lock is the kernel's (`flock` on an open file of ours), so it ends with the process however that ends, and no
 * stale one can be left. Node has no `flock` of its own: the utility of that name locks the file that it inherits from us, and the lock
 * stays with our open file after the utility is gone. Without the utility the pid and the start time in the file decide.
 */
export function lockDirectory(directory: string, pathVariable?: string): DirectoryLock {
  const path = join(directory, 'daemon.lock');
  const file = openSync(path, 'a+', 0o600);
  const [holder = '', startedAt = ''] = readFileSync(path, 'utf8').split('\n');
  const flock = findProgram('flock', pathVariable);
  const verdict = flock === undefined ? 'unknown' : tryFlock(flock, file);
  if (verdict === 'held' || (verdict === 'unknown' && holds(Number(holder), startedAt))) {
    closeSync(file);
    const who = holder !== '' ? ` (pid ${holder})` : '';
    throw new Error(`another remediad${who} uses the store in ${directory}: stop it, or give this one a storage path of its own`);
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n${startOf(process.pid)}\n`);
  return {
    release: () => {
      ftruncateSync(file);
      closeSync(file);
    },
  };
}

function tryFlock(flock: string, file: number): 'ours' | 'held' | 'unknown' {
  const { status } = spawnSync(flock, ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file], timeout: 10_000 });
  if (status === 0) return 'ours';
  // 1 is the conflict; all else is a utility or a file system that cannot lock.
  return status === 1 ? 'held' : 'unknown';
}

function holds(pid: number, startedAt: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === startedAt;
}

/** Start of a process in clock ticks since boot, which tells it from a later one with the same pid; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    // The second field is the name in brackets and may hold anything; the start is the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19] ?? '';
  } catch {
    return '';
  }
}
