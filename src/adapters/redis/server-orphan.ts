import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/ports.ts';
import { PID_FILE } from './server-config.ts';
import { probe } from './server-probe.ts';

/**
 * Ends a server that an earlier daemon left on these data: one that is just shutting down with its parent, or a true orphan where
 * nothing ties it to its parent. The caller holds the folder's lock, so no living daemon uses it. Two servers on one append-only file
 * would ruin it: when the earlier one cannot be ended, this throws.
 */
export async function endOrphan(directory: string, socket: string, log: Log, graceMs = 10_000): Promise<void> {
  const pid = recordedPid(directory);
  if (pid === null || !(await isServer(pid, directory, socket))) return;
  log.info({ pid, directory }, 'ending the server of an earlier daemon');
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(pid, signal);
    const end = performance.now() + graceMs;
    while (performance.now() < end) {
      if (!(await isServer(pid, directory, socket))) return;
      await sleep(10);
    }
  }
  throw new Error(`a server of an earlier daemon (pid ${pid}) still holds the store in ${directory} and cannot be ended: end it by hand`);
}

function recordedPid(directory: string): number | null {
  const path = join(directory, PID_FILE);
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.NaN;
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** The pid may belong to anybody by now: a server of ours stands in the data's folder or, without /proc, answers on its socket. */
async function isServer(pid: number, directory: string, socket: string): Promise<boolean> {
  if (!existsSync('/proc/self/cwd')) return send(pid, 0) && (await probe(socket)) !== 'absent';
  try {
    const isRedis = /^(redis|valkey)-server/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
    return isRedis && readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch {
    return false;
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
