import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { canonicalJson, type Json } from '../core/json.ts';
import { compileAll } from './compile/compile-all.ts';
import type { Vocabulary } from './compile/vocabulary.ts';
import type { ActiveRule, Config } from './config.ts';
import { displayPath, expand, fault, readSource } from './files.ts';
import { readOverrides, type Flags, type Overrides } from './overrides.ts';
import { sortProblems, type PathSegment, type Problem } from './problem.ts';
import { readRoot, settingOf, type Root } from './root.ts';
import { resolveSettings } from './settings.ts';
import type { YamlSource } from './yaml-source.ts';

export interface LoadOptions {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What steps may name: the registry. */
  readonly vocabulary: Vocabulary;
  /** Instead of those that the root file names, relative to `cwd`: to check files on their own. */
  readonly ruleFiles?: readonly string[];
  readonly remediationFiles?: readonly string[];
}

export interface Loaded {
  /** null = at least one problem: nothing of it may be used. */
  readonly config: Config | null;
  /** Everything that is wrong, in the order of files and lines. */
  readonly problems: readonly Problem[];
  /** What may be meant but looks wrong. */
  readonly warnings: readonly Problem[];
  /** Files in the order in which they were read, and what each holds. */
  readonly files: readonly LoadedFile[];
}

export interface LoadedFile {
  readonly file: string;
  readonly kind: 'config' | 'rules' | 'remediation';
  /** Rules in it; 1 for the others. */
  readonly count: number;
}

const usualFile = 'remediad.yaml';

/**
 * Reads file, flags and environment, rules and remediations. All or nothing: one fault anywhere and there is no configuration, but every fault
 * is told at once. Without `--config.file` a `remediad.yaml` in the working directory is taken; without that, the built-in defaults.
 */
export function loadConfig(options: LoadOptions): Loaded {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const overrides = readOverrides(options.flags, options.environment, problems);
  const path = rootPath(overrides, options.cwd);
  const source = path === null ? null : readSource(path, options.cwd, problems);
  const root = readRoot(source, problems, warnings);
  const directory = path === null ? options.cwd : dirname(path);
  const lists = sourceFiles(root, source, directory, options, warnings);
  const sources = { rules: readAll(lists.rules, options.cwd, problems), remediations: readAll(lists.remediations, options.cwd, problems) };
  const compiled = compileAll(
    sources,
    settingOf(path !== null && source === null ? everythingBroken(root) : root),
    options.vocabulary,
    problems,
    warnings,
  );
  const dry = overrides.dryRun?.value ?? root.document.global.dry_run;
  const rules = compiled.map(({ edition, continue: goesOn }): ActiveRule => {
    const quiet = edition.rule.mode === 'observe' ? 'observe' : null;
    return { rule: edition.rule.name, hash: sha256(canonicalJson(edition)), edition, dry: dry ? 'flag' : quiet, continue: goesOn };
  });
  const settings = resolveSettings(root.document, overrides, { source, directory, cwd: options.cwd }, problems);
  const config: Omit<Config, 'hash'> = {
    ...settings,
    file: path,
    dryRun: dry,
    rules,
    remediations: sources.remediations.length,
    files: [...(path === null ? [] : [path]), ...lists.rules, ...lists.remediations],
  };
  return {
    config: problems.length > 0 ? null : deepFreeze({ ...config, hash: hashOf(config) }),
    problems: sortProblems(problems),
    warnings: sortProblems(warnings),
    files: describeFiles(path, lists, sources, options.cwd),
  };
}

function rootPath({ configFile }: Overrides, cwd: string): string | null {
  if (configFile !== null) return resolve(cwd, configFile.value);
  const usual = resolve(cwd, usualFile);
  return existsSync(usual) ? usual : null;
}

/** A root file that cannot be read is told once; what rules refer to in it is not told to be missing. */
function everythingBroken({ document }: Root): Root {
  return { document, broken: new Set(Object.keys(document)) };
}

interface Lists {
  readonly rules: readonly string[];
  readonly remediations: readonly string[];
}

function sourceFiles({ document }: Root, source: YamlSource | null, directory: string, options: LoadOptions, warnings: Problem[]): Lists {
  const list = (given: readonly string[] | undefined, section: 'rule_files' | 'remediation_files'): readonly string[] => {
    const { paths, without } = given === undefined ? expand(document[section], directory) : expand(given, options.cwd);
    // The usual folders may well not be there; what was asked for should.
    const wasAsked = given !== undefined || (source !== null && sectionOf(source.value, section));
    for (const pattern of wasAsked ? without : []) warnings.push(noFiles(source, [section], pattern));
    return paths;
  };
  return { rules: list(options.ruleFiles, 'rule_files'), remediations: list(options.remediationFiles, 'remediation_files') };
}

function sectionOf(value: Json, section: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, section);
}

function noFiles(source: YamlSource | null, path: readonly PathSegment[], pattern: string): Problem {
  const message = `no file matches ${JSON.stringify(pattern)}`;
  return source === null
    ? fault('', 'no-files', message, '')
    : source.problem('no-files', path, message, 'correct the pattern, or remove it');
}

function readAll(paths: readonly string[], cwd: string, problems: Problem[]): YamlSource[] {
  return paths.flatMap((path) => readSource(path, cwd, problems) ?? []);
}

function describeFiles(path: string | null, lists: Lists, sources: { readonly rules: readonly YamlSource[] }, cwd: string): LoadedFile[] {
  const countOf = (file: string): number => {
    const value = sources.rules.find((source) => source.file === file)?.value;
    const rules = typeof value === 'object' && value !== null && 'rules' in value ? value['rules'] : null;
    return Array.isArray(rules) ? rules.length : 0;
  };
  return [
    ...(path === null ? [] : [{ file: displayPath(path, cwd), kind: 'config' as const, count: 1 }]),
    ...lists.rules.map((rule) => ({ file: displayPath(rule, cwd), kind: 'rules' as const, count: countOf(displayPath(rule, cwd)) })),
    ...lists.remediations.map((one) => ({ file: displayPath(one, cwd), kind: 'remediation' as const, count: 1 })),
  ];
}

function hashOf(config: Omit<Config, 'hash'>): string {
  return sha256(
    canonicalJson({ ...config, files: null, rules: config.rules.map(({ hash, dry, continue: goesOn }) => [hash, dry, goesOn]) }),
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
