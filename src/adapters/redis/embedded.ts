import type { Clock, Log } from '../../core/ports.ts';
import { findServer, type ServerBinary } from './server-binary.ts';
import type { ServerSettings } from './server-config.ts';
import { privateDirectory, socketPath } from './server-directory.ts';
import { lockDirectory, type DirectoryLock } from './server-lock.ts';
import { endOrphan } from './server-orphan.ts';
import { launchServer, type ServerProcess } from './server-process.ts';

export interface EmbeddedOptions {
  /** The data's own folder; made, and made private, when it is not there. */
  readonly directory: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Default 512 MiB. */
  readonly maxMemoryBytes?: number;
  /** Default true; false for a store that is thrown away. */
  readonly durable?: boolean;
  /** A large store takes its time to load: about 12 s per GB. Default 120,000. */
  readonly startTimeoutMs?: number;
  /** Where programs are looked for; default PATH. */
  readonly pathVariable?: string;
}

/** A server of our own, on a unix socket, which ends with us and is started again when it dies. */
export interface EmbeddedStore extends AsyncDisposable {
  readonly socket: string;
  /** Name and version of the program, e.g. `redis-server 7.0.15`. */
  readonly program: string;
  /** null while it is down. */
  readonly pid: number | null;
  /** How often it was started again. */
  readonly restarts: number;
  /** Ends it in order and gives the folder free. All clients must be closed before. */
  stop(): Promise<void>;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** A server that ran this long died of something else than the one before. */
const CALM_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/**
 * Throws one sentence that names the fix when there is no server on PATH, when another daemon uses the folder, or when the data cannot
 * be read. The server ends with us even on SIGKILL where `setpriv` of util-linux is there; elsewhere one that was left behind is ended
 * by the next start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const binary = findServer(options.pathVariable);
  const directory = privateDirectory(options.directory);
  const lock = lockDirectory(directory, options.pathVariable);
  try {
    const { maxMemoryBytes = 512 * 1024 * 1024, durable = true } = options;
    const settings = { directory, socket: socketPath(directory), maxMemoryBytes, durable };
    await endOrphan(directory, settings.socket, options.log);
    const store = new SupervisedStore(options, binary, settings, lock);
    await store.start();
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}

class SupervisedStore implements EmbeddedStore {
  readonly socket: string;
  readonly program: string;
  pid: number | null = null;
  restarts = 0;
  readonly #options: EmbeddedOptions;
  readonly #binary: ServerBinary;
  readonly #settings: ServerSettings;
  readonly #lock: DirectoryLock;
  readonly #stopping = new AbortController();
  #server: ServerProcess | null = null;
  #supervision: Promise<void> = Promise.resolve();

  constructor(options: EmbeddedOptions, binary: ServerBinary, settings: ServerSettings, lock: DirectoryLock) {
    this.#options = options;
    this.#binary = binary;
    this.#settings = settings;
    this.#lock = lock;
    this.socket = settings.socket;
    this.program = `${binary.name} ${binary.version}`;
  }

  async start(): Promise<void> {
    const server = await this.#launch();
    const { directory } = this.#settings;
    const tied = this.#binary.withParent.length > 0;
    this.#options.log.info({ pid: server.pid, program: this.program, directory, endsWithParent: tied }, 'embedded store started');
    this.#supervision = this.#supervise(server);
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return this.#supervision;
    this.#stopping.abort();
    await this.#server?.stop(STOP_GRACE_MS);
    await this.#supervision;
    this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #launch(): Promise<ServerProcess> {
    const { log, startTimeoutMs = 120_000 } = this.#options;
    const server = await launchServer(this.#binary, this.#settings, log, startTimeoutMs);
    this.#server = server;
    this.pid = server.pid;
    // A stop that came while this one was starting had nothing to end yet.
    if (this.#stopping.signal.aborted) await server.stop(STOP_GRACE_MS);
    return server;
  }

  async #supervise(first: ServerProcess): Promise<void> {
    const { log, clock } = this.#options;
    const { signal } = this.#stopping;
    let server: ServerProcess | null = first;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      const end: string = server === null ? 'could not be started' : await server.ended;
      this.pid = null;
      if (signal.aborted) return;
      backoffMs = server !== null && clock.monotonic() - startedAt > CALM_MS ? FIRST_BACKOFF_MS : backoffMs;
      log.error({ end, againInMs: backoffMs }, 'embedded store died');
      await pause(backoffMs, signal);
      backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
      server = signal.aborted ? null : await this.#again();
    }
  }

  async #again(): Promise<ServerProcess | null> {
    try {
      const server = await this.#launch();
      this.restarts += 1;
      this.#options.log.warn({ pid: server.pid, restarts: this.restarts }, 'embedded store started again');
      return server;
    } catch (error) {
      this.#options.log.error({ err: error }, 'embedded store does not start');
      return null;
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
