import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface ServerBinary {
  readonly path: string;
  readonly name: 'valkey-server' | 'redis-server';
  readonly version: string;
  /** Programs and arguments to put in front so that the server ends with us; empty where the system has none. */
  readonly withParent: readonly string[];
}

/** Valkey first: it is open source in every version. Throws one sentence when there is none, or none that is new enough. */
export function findServer(pathVariable: string = process.env['PATH'] ?? ''): ServerBinary {
  for (const name of ['valkey-server', 'redis-server'] as const) {
    const path = findProgram(name, pathVariable);
    if (path !== undefined) return inspect(name, path, pathVariable);
  }
  throw new Error(
    'no valkey-server or redis-server on PATH: install one (`apt-get install redis-server`, `apk add valkey`, `brew install valkey`) or set redis.url',
  );
}

/** The first executable file of this name on PATH. */
export function findProgram(name: string, pathVariable: string = process.env['PATH'] ?? ''): string | undefined {
  return pathVariable
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutableFile);
}

function inspect(name: ServerBinary['name'], path: string, pathVariable: string): ServerBinary {
  const setpriv = findProgram('setpriv', pathVariable);
  const prefix = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--'];
  // One call shows the version and whether this setpriv knows --pdeathsig (BusyBox's does not).
  const together = prefix.length === 0 ? undefined : versionOf([...prefix, path]);
  const version = together ?? versionOf([path]);
  if (version === undefined) throw new Error(`${path} does not run (\`${path} --version\` failed): install it anew or set redis.url`);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) throw new Error(`${path} is ${version}: remediad needs 6.2 or newer, or a redis.url`);
  return { path, name, version, withParent: together === undefined ? [] : prefix };
}

function versionOf([program = '', ...args]: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, [...args, '--version'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
