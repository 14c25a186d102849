export interface ServerSettings {
  readonly directory: string;
  readonly socket: string;
  readonly maxMemoryBytes: number;
  /** What is written outlives the server; else nothing of it is kept. */
  readonly durable: boolean;
}

/** File in the data's folder where the server writes its pid; it removes it when it ends in order. */
export const PID_FILE = 'redis.pid';

/** The whole configuration, given on standard input, so that no file of ours can be stale or edited. */
export function serverConfig({ directory, socket, maxMemoryBytes, durable }: ServerSettings): string {
  return [
    // Nobody but this user, on this machine.
    'port 0',
    `unixsocket ${quote(socket)}`,
    'unixsocketperm 700',
    `dir ${quote(directory)}`,
    `pidfile ${quote(`${directory}/${PID_FILE}`)}`,
    // An answer means that it is on disk.
    `appendonly ${durable ? 'yes' : 'no'}`,
    'appendfsync always',
    // A write torn by a crash was never answered: it is cut off. Damage anywhere else refuses to start.
    'aof-load-truncated yes',
    'save ""',
    // Full means refused, never forgotten.
    `maxmemory ${maxMemoryBytes}`,
    'maxmemory-policy noeviction',
    // Delayed jobs are looked at 100 times a second.
    'hz 100',
    'databases 1',
    'maxclients 1000',
    'daemonize no',
    'logfile ""',
    'loglevel notice',
    'always-show-logo no',
    '',
  ].join('\n');
}

/** Redis reads its file like a shell: inside double quotes only the backslash and the quote are special. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
