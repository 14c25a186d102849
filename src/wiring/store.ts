import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryPressure } from '../adapters/redis/memory.ts';
import { openConnections, type Connections } from '../adapters/redis/connections.ts';
import { startEmbedded, type EmbeddedStore } from '../adapters/redis/embedded.ts';
import { checkStore } from '../adapters/redis/start-checks.ts';
import type { RedisTarget } from '../adapters/redis/target.ts';
import { createStore, type Store } from '../adapters/store/index.ts';
import { hashTag } from '../adapters/store/keys.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { ProcessConfig, RedisConfig } from '../config/config.ts';
import type { Log } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';

/** The store as a daemon uses it: for webhooks, which fail fast, and for all else. */
export interface OpenStore {
  readonly kind: 'embedded' | 'external';
  /** The hash tag with its braces. */
  readonly prefix: string;
  readonly connections: Connections;
  readonly store: Store;
  /** When the store was made, as it said when it was opened. */
  readonly created: string;
  readonly intake: Store;
  /** It has room only for what runs already. */
  readonly nearlyFull: () => Promise<boolean>;
  /** Closes the connections, then ends the embedded server. */
  stop(): Promise<void>;
}

/** How long the store may take to answer at start. */
const READY_MS = 10_000;

/** Throws one sentence that names the fix when the store cannot keep what it is given. */
export async function openStore(config: ProcessConfig, timing: Timing, log: Log): Promise<OpenStore> {
  const embedded =
    config.redis === null ? await startEmbedded({ directory: join(config.storage.path, 'store'), log, clock: systemClock }) : null;
  const target = embedded === null ? externalTarget(config.redis) : { socket: embedded.socket };
  const connections = openConnections({ target, timing, log, clock: systemClock });
  const stop = async (): Promise<void> => {
    connections.close();
    await embedded?.stop();
  };
  try {
    return { ...(await checked(config, connections, embedded, timing, log)), connections, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function checked(config: ProcessConfig, connections: Connections, embedded: EmbeddedStore | null, timing: Timing, log: Log) {
  const prefix = hashTag(config.installation);
  await connections.ready(READY_MS);
  const { problems, warnings, version, replicas } = await checkStore(connections.scripts, prefix);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  for (const warning of warnings) log.warn({ store: connections.where }, warning);
  const options = {
    installation: config.installation,
    timing,
    blocking: connections.blocking(),
    limits: { freshHoldMs: config.freshStoreHoldMs },
    ...(replicas > 0 ? { replicas: { count: replicas, timeoutMs: timing.intakeMs / 2 } } : {}),
  };
  const store = createStore({ ...options, redis: connections.scripts });
  const { change, created, forgetfulUntil } = await store.open();
  const voided = embedded === null ? 0 : await store.voidLeases();
  log.info({ store: embedded?.program ?? connections.where, version, change, voided, forgetfulUntil }, 'store open');
  const kind = embedded === null ? ('external' as const) : ('embedded' as const);
  return {
    kind,
    prefix,
    created,
    store,
    intake: createStore({ ...options, redis: connections.intake }),
    nearlyFull: memoryPressure(connections.scripts, systemClock),
  };
}

/** Throws when it is away or refuses writes; another server under the same name is told. */
export async function askStore(store: Pick<Store, 'open'>, log: Pick<Log, 'warn'>): Promise<void> {
  const { change, forgetfulUntil } = await store.open();
  if (change !== 'same') log.warn({ change, forgetfulUntil }, 'the store is another one now');
}

const secret = (file: string) => readFileSync(file, 'utf8').trim();

function externalTarget(redis: RedisConfig | null): RedisTarget {
  if (redis === null) throw new Error('no store is configured');
  const { url, username, passwordFile, sentinelPasswordFile, caFile, certFile, keyFile, serverName } = redis;
  return {
    url,
    ...(username === null ? {} : { username }),
    ...(passwordFile === null ? {} : { password: secret(passwordFile) }),
    ...(sentinelPasswordFile === null ? {} : { sentinelPassword: secret(sentinelPasswordFile) }),
    tls: {
      ...(caFile === null ? {} : { ca: readFileSync(caFile) }),
      ...(certFile === null ? {} : { cert: readFileSync(certFile) }),
      ...(keyFile === null ? {} : { key: readFileSync(keyFile) }),
      ...(serverName === null ? {} : { servername: serverName }),
    },
  };
}
