import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { displayPath, expand, readText, type Text } from './files.ts';
import { readOverrides, type Flags } from './overrides.ts';
import { readRoot } from './root.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * The texts of which a configuration is made, as they stood at one moment: what is compiled, compared and kept is this, and never the disk
 * a second time.
 */
export interface SourceSet {
  /** null = there is no root file: built-in defaults. */
  readonly root: SourceFile | null;
  /** In the order of the bytes of their paths. */
  readonly rules: readonly SourceFile[];
  readonly remediations: readonly SourceFile[];
  /** Patterns by whether a file matched them. */
  readonly patterns: Readonly<Record<'rules' | 'remediations', readonly { readonly pattern: string; readonly found: boolean }[]>>;
}

/** A file that was looked for: its absolute path, and its text or why there is none. */
export interface SourceFile {
  readonly path: string;
  readonly text: Text;
}

export interface SourceOptions {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Instead of those that the root file names, relative to `cwd`: to check files on their own. */
  readonly ruleFiles?: readonly string[];
  readonly remediationFiles?: readonly string[];
}

/** Reads one file; who reads the same files again and again gives one that knows what has not changed. */
export type ReadText = (path: string, shown: string) => Text;

const usualFile = 'remediad.yaml';

/** Reads all that the options name. Never throws: what cannot be read says so in its place. */
export function readSet(options: SourceOptions, read: ReadText = readText): SourceSet {
  const { cwd } = options;
  const fileAt = (path: string): SourceFile => ({ path, text: read(path, displayPath(path, cwd)) });
  const path = rootPath(options);
  const root = path === null ? null : fileAt(path);
  const { document } = readRoot(root === null ? null : sourceOf(root, cwd), [], []);
  const directory = path === null ? cwd : dirname(path);
  const list = (given: readonly string[] | undefined, named: readonly string[]) =>
    given === undefined ? expand(named, directory) : expand(given, cwd);
  const rules = list(options.ruleFiles, document.rule_files);
  const remediations = list(options.remediationFiles, document.remediation_files);
  return {
    root,
    rules: rules.paths.map(fileAt),
    remediations: remediations.paths.map(fileAt),
    patterns: { rules: rules.patterns, remediations: remediations.patterns },
  };
}

function rootPath({ flags, environment, cwd }: SourceOptions): string | null {
  const { configFile } = readOverrides(flags, environment, []);
  if (configFile !== null) return resolve(cwd, configFile.value);
  const usual = resolve(cwd, usualFile);
  return existsSync(usual) ? usual : null;
}

/** The file as YAML; null = it cannot be read or is no strict YAML. */
export function sourceOf({ path, text }: SourceFile, cwd: string): YamlSource | null {
  if (!('content' in text)) return null;
  const read = readYaml(displayPath(path, cwd), text.content);
  return Array.isArray(read) ? null : (read as YamlSource);
}

/** Equal for sets of the same texts at the same paths, and for no others. */
export function hashOfSet({ root, rules, remediations, patterns }: SourceSet): string {
  const hash = createHash('sha256');
  for (const file of [root, null, ...rules, null, ...remediations]) hash.update(file === null ? '\0\0' : `${file.path}\0${stamp(file)}\0`);
  return hash.update(JSON.stringify(patterns)).digest('hex');
}

const stamp = ({ text }: SourceFile): string => ('content' in text ? text.hash : text.fault.message);
