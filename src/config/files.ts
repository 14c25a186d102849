import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Problem, ProblemCode } from './problem.ts';
import { yamlLimits } from './yaml-content.ts';

/** Paths as the operator knows them: relative to where remediad runs, where that is shorter. */
export function displayPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near;
}

/** What a file holds, or why it cannot be read. */
export type Text = { readonly content: string; readonly hash: string } | { readonly fault: Problem };

/** `shown` is the path as the operator knows it. */
export function readText(path: string, shown: string): Text {
  try {
    const { size } = statSync(path);
    if (size > yamlLimits.bytes) {
      return { fault: fault(shown, 'too-large', `the file is longer than ${yamlLimits.bytes} bytes`, 'split it into several files') };
    }
    const bytes = readFileSync(path);
    return { content: new TextDecoder('utf-8', { fatal: true }).decode(bytes), hash: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { fault: fault(shown, 'bad-yaml', 'the file is not UTF-8', 'save it as UTF-8') };
    const { why, fix } = whyUnreadable(error);
    return { fault: fault(shown, 'unreadable-file', `the file cannot be read: ${why}`, fix) };
  }
}

/** Why a file cannot be read, of the error that Node gave, and what to do about it. */
export function whyUnreadable(error: unknown): { readonly why: string; readonly fix: string } {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return unreadable[code] ?? { why: code, fix: 'correct the path, or its permissions' };
}

const unreadable: Readonly<Record<string, { readonly why: string; readonly fix: string }>> = {
  ENOENT: { why: 'it does not exist', fix: 'correct the path' },
  EISDIR: { why: 'it is a directory', fix: 'name a file, or several with a pattern such as "*.yaml"' },
  EACCES: { why: 'this user may not read it', fix: 'correct its permissions, or those of the folders above it' },
};

export function fault(file: string, code: ProblemCode, message: string, fix: string): Problem {
  return { file, line: 0, column: 0, path: '', code, message, fix };
}

export interface Expanded {
  readonly paths: readonly string[];
  readonly patterns: readonly { readonly pattern: string; readonly found: boolean }[];
}

/** Files that a pattern names, in the order of their bytes, each once. A path without wildcards is taken even if nothing is there. */
export function expand(patterns: readonly string[], directory: string): Expanded {
  const found = patterns.map((pattern) => ({ pattern, paths: isPattern(pattern) ? globSync(pattern, { cwd: directory }) : [pattern] }));
  const paths = new Set(found.flatMap((one) => one.paths.map((path) => resolve(directory, path))));
  return {
    paths: [...paths].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    patterns: found.map(({ pattern, paths: its }) => ({ pattern, found: its.length > 0 })),
  };
}

const isPattern = (text: string): boolean => /[*?[\]{}]/.test(text);
