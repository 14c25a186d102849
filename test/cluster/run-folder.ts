import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'rmd-kube-';
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/**
 * A fresh folder in memory for what one control plane stores. Its name says which process it belongs to, so that the next run can tell the
 * folders of those that were killed from those that are in use, and removes them.
 */
export function createRunFolder(): string {
  for (const name of readdirSync(base).filter(isLeftBehind)) rmSync(join(base, name), { recursive: true, force: true });
  return mkdtempSync(join(base, `${PREFIX}${process.pid}-${startedAt(process.pid)}-`));
}

function isLeftBehind(name: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const [pid = '', since = ''] = name.slice(PREFIX.length).split('-');
  return startedAt(Number(pid)) !== since;
}

/** In ticks since boot, which tells a process from a later one of the same id; null = there is none. */
function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
