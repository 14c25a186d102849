import type { ExecResult } from '../../core/ports.ts';

/** How a process is told: by the executable that it runs, or by its first argument, as it calls itself. */
export type Match = 'argv0' | 'exe';

/** Names that need no thought in a pattern of any tool. */
export const processName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The argument array that prints the process ids, one a line. The plain name that the kernel keeps is cut to 15 characters, so neither
 * asks for it: `pgrep archivechain-node` never finds anything.
 */
export function findCommand(name: string, match: Match): string[] {
  if (match === 'exe') return ['find', '/proc', '-maxdepth', '2', '-name', 'exe', '-lname', `*/${name}`];
  return ['pgrep', '-f', `^([^ ]*/)?${name.replaceAll('.', String.raw`\.`)}( |$)`];
}

/** The process ids found; a text when the tool could not tell. */
export function readFound({ exitCode, stdout, stderr, truncated }: ExecResult, match: Match): number[] | string {
  const tool = match === 'exe' ? 'find' : 'pgrep';
  if (truncated) return `${tool} found more processes than can be read`;
  // pgrep answers 1 for none; find does so when it may not look at somebody else's process, which could not be signalled anyhow.
  if (exitCode > 1) return `${tool} ended with ${exitCode}: ${stderr.trim()}`;
  return stdout
    .split('\n')
    .map((line) => /^(?:\/proc\/)?(\d+)(?:\/exe)?$/.exec(line)?.[1])
    .filter((pid) => pid !== undefined)
    .map(Number);
}
