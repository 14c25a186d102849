import { globSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Problem, ProblemCode } from './problem.ts';
import { readYaml, yamlLimits, type YamlSource } from './yaml-source.ts';

/** Paths as the operator knows them: relative to where remediad runs, where that is shorter. */
export function displayPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near;
}

/** null = it cannot be read or is no strict YAML, which was told. */
export function readSource(path: string, cwd: string, problems: Problem[]): YamlSource | null {
  const file = displayPath(path, cwd);
  const text = readText(path, file, problems);
  if (text === null) return null;
  const read = readYaml(file, text);
  if (!Array.isArray(read)) return read as YamlSource;
  problems.push(...(read as Problem[]));
  return null;
}

function readText(path: string, file: string, problems: Problem[]): string | null {
  try {
    const { size } = statSync(path);
    if (size > yamlLimits.bytes) {
      problems.push(fault(file, 'too-large', `the file is longer than ${yamlLimits.bytes} bytes`, 'split it into several files'));
      return null;
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isText = code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    problems.push(
      isText
        ? fault(file, 'bad-yaml', 'the file is not UTF-8', 'save it as UTF-8')
        : fault(
            file,
            'unreadable-file',
            `the file cannot be read: ${code === 'ENOENT' ? 'it does not exist' : (code ?? 'unknown error')}`,
            'correct the path, or its permissions',
          ),
    );
    return null;
  }
}

export function fault(file: string, code: ProblemCode, message: string, fix: string): Problem {
  return { file, line: 0, column: 0, path: '', code, message, fix };
}

/** Files that a pattern names, in the order of their bytes, each once. A path without wildcards is taken even if nothing is there. */
export function expand(
  patterns: readonly string[],
  directory: string,
): { readonly paths: readonly string[]; readonly without: readonly string[] } {
  const found = patterns.map((pattern) => ({ pattern, paths: isPattern(pattern) ? globSync(pattern, { cwd: directory }) : [pattern] }));
  const paths = new Set(found.flatMap((one) => one.paths.map((path) => resolve(directory, path))));
  return {
    paths: [...paths].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    without: found.flatMap(({ pattern, paths: none }) => (none.length === 0 ? [pattern] : [])),
  };
}

const isPattern = (text: string): boolean => /[*?[\]{}]/.test(text);
