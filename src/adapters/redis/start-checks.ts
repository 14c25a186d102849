import type { Redis } from 'ioredis';
import { FULL_SHARE } from './memory.ts';
import { numberOf, readInfo, readSetting, type ServerInfo } from './server-info.ts';

export interface StoreReport {
  /** One sentence each, with the fix. With any of these the daemon must not start: it would promise what the store cannot keep. */
  readonly problems: readonly string[];
  /** One sentence each: to be logged, and to go on. */
  readonly warnings: readonly string[];
  /** As the server says it, e.g. `7.0.15`. */
  readonly version: string;
  /** Connected replicas; more than 0 = writes that matter are followed by WAIT. */
  readonly replicas: number;
}

const OLDEST: readonly [major: number, minor: number] = [6, 2];

/**
 * Asks whether the store can be trusted with what it is given. Works without CONFIG, as with many providers: what cannot be read is a
 * warning. Throws only when the store does not answer. `prefix` is the hash tag with its braces.
 */
export async function checkStore(client: Redis, prefix: string): Promise<StoreReport> {
  const info = await readInfo(client, 'server', 'persistence', 'memory', 'replication');
  const fsync = await readSetting(client, 'appendfsync');
  const refusal = await tryWrite(client, `${prefix}:start-check`);
  const findings = [
    version(info),
    role(info),
    appendOnly(info, fsync),
    eviction(info),
    memory(info),
    ...(refusal === null ? [] : [refusal]),
  ].flat();
  const texts = (kind: Finding['kind']): string[] => findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
  return {
    problems: texts('problem'),
    warnings: texts('warning'),
    version: info.get('redis_version') ?? 'unknown',
    replicas: numberOf(info, 'connected_slaves') || 0,
  };
}

interface Finding {
  readonly kind: 'problem' | 'warning';
  readonly text: string;
}

const problem = (text: string): Finding => ({ kind: 'problem', text });
const warning = (text: string): Finding => ({ kind: 'warning', text });

function version(info: ServerInfo): Finding[] {
  const text = info.get('redis_version');
  if (text === undefined) return [warning('the store does not tell its version: Redis 6.2 or newer, or Valkey, is needed')];
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return old ? [problem(`the store is Redis ${text}: use 6.2 or newer, or Valkey`)] : [];
}

function role(info: ServerInfo): Finding[] {
  if (info.get('role') !== 'slave') return [];
  const primary = info.get('master_host') ?? 'its primary';
  return [problem(`the store is a replica of ${primary}: let redis.url name the primary, or the sentinels (redis-sentinel://…)`)];
}

function appendOnly(info: ServerInfo, fsync: string | null): Finding[] {
  const enabled = info.get('aof_enabled');
  if (enabled === undefined) {
    return [
      warning('the store does not tell whether its append-only file is on: make sure that it is, or alerts are lost when it restarts'),
    ];
  }
  if (enabled === '0') {
    return [problem('the append-only file of the store is off, so alerts would be lost when it restarts: set `appendonly yes`')];
  }
  if (info.get('aof_last_write_status') === 'err') {
    return [problem('the store could not write its append-only file: free space on its disk')];
  }
  if (fsync === 'everysec') {
    return [
      warning('the store syncs once a second: a power failure may lose a second of acknowledged alerts; `appendfsync always` loses none'),
    ];
  }
  return fsync === 'no' ? [problem('the store never syncs its append-only file: set `appendfsync always`, or at least `everysec`')] : [];
}

function eviction(info: ServerInfo): Finding[] {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return [warning('the store does not tell its eviction policy: make sure that it is `noeviction`')];
  if (policy === 'noeviction') return [];
  return [problem(`the store may forget what it was given (maxmemory-policy ${policy}): set \`maxmemory-policy noeviction\``)];
}

function memory(info: ServerInfo): Finding[] {
  const [used, most] = [numberOf(info, 'used_memory'), numberOf(info, 'maxmemory')];
  if (most === 0) return [warning('the store has no memory limit: set `maxmemory`, so that it refuses in time instead of being killed')];
  if (!(used > FULL_SHARE * most)) return [];
  const share = Math.round((100 * used) / most);
  return [
    warning(`the store is ${share} % full, and alerts are refused from ${100 * FULL_SHARE} % on: raise \`maxmemory\` (now ${most} bytes)`),
  ];
}

/** Scripts, write permission and room, all in one; the sentence is the server's own word with its usual cause. */
async function tryWrite(client: Redis, key: string): Promise<Finding | null> {
  try {
    await client.eval("return redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000)", 1, key, '1');
    return null;
  } catch (error) {
    const { message } = error as Error;
    if (/\bOOM\b/.test(message)) return problem('the store is full (OOM): raise `maxmemory`');
    if (/\bREADONLY\b/.test(message)) return problem('the store is read-only: let redis.url name the primary');
    if (/\bMISCONF\b/.test(message)) return problem('the store cannot save to its disk (MISCONF): free space there');
    if (/\bNOREPLICAS\b/.test(message)) {
      return problem('the store has fewer replicas than it asks for (NOREPLICAS): start them, or lower `min-replicas-to-write`');
    }
    if (/\bNOPERM\b/.test(message)) {
      return problem(
        `the store's user may not run scripts or write ${key}: allow it \`~${key.replace(/:.*/, '')}* &* +@all -@dangerous +info\``,
      );
    }
    return problem(`the store refuses a script that writes one key: ${message}`);
  }
}
