import { dirname } from 'node:path';
import { canonicalJson, type Json } from '../core/json.ts';
import { withMode, withSections, type Changes } from './changes.ts';
import { compileAll } from './compile/compile-all.ts';
import type { Vocabulary } from './compile/vocabulary.ts';
import { RESTART_SECTIONS, type ActiveRule, type Config, type ProcessConfig } from './config.ts';
import { createEditionHash, sha256 } from './edition-hash.ts';
import { displayPath, fault } from './files.ts';
import { runLints, type LintName } from './lint/index.ts';
import type { RuleSet } from './lint/lint.ts';
import { readOverrides } from './overrides.ts';
import { RULE_SECTIONS } from './schema/root.ts';
import { sortProblems, type Problem } from './problem.ts';
import { readRoot, settingOf, type Root } from './root.ts';
import { resolveSettings } from './settings.ts';
import { readSet, type SourceFile, type SourceOptions, type SourceSet } from './source-set.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface LoadOptions extends SourceOptions {
  /** What steps may name: the registry. */
  readonly vocabulary: Vocabulary;
  /** Tried in place of what the files say. */
  readonly changes?: Changes;
  /** Lints to run; all if left out. */
  readonly lints?: readonly LintName[];
}

export interface Loaded {
  /** null = at least one problem: nothing of it may be used. */
  readonly config: Config | null;
  /** What the process itself needs, if nothing of it is wrong. A fault elsewhere leaves it as it is; only `receivers` may be missing some. */
  readonly process: ProcessConfig | null;
  /** Everything that is wrong, in the order of files and lines. */
  readonly problems: readonly Problem[];
  /** What may be meant but looks wrong. */
  readonly warnings: readonly Problem[];
  /** Files in the order in which they were read, and what each holds. */
  readonly files: readonly LoadedFile[];
  /** The rules that have no error, and what was written. */
  readonly written: RuleSet;
}

export interface LoadedFile {
  readonly file: string;
  readonly kind: 'config' | 'rules' | 'remediation';
  /** Rules in it; 1 for the others. */
  readonly count: number;
}

/**
 * Reads file, flags and environment, rules and remediations. All or nothing: one fault anywhere and there is no configuration, but every fault
 * is told at once. Without `--config.file` a `remediad.yaml` in the working directory is taken; without that, the built-in defaults.
 */
export function loadConfig(options: LoadOptions): Loaded {
  return compileSet(readSet(options), options);
}

/** The same of texts that were read before. `dryRun`: they observe, unless a flag says otherwise. */
export function compileSet(set: SourceSet, options: LoadOptions, dryRun = false): Loaded {
  const { cwd, changes } = options;
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const overrides = readOverrides(options.flags, options.environment, problems);
  const path = set.root?.path ?? null;
  const file = set.root === null ? null : parse(set.root, cwd, problems);
  const source = changes === undefined ? file : withSections(file, changes.sections);
  const root = readRoot(source, problems, warnings);
  const directory = path === null ? cwd : dirname(path);
  const all = (files: readonly SourceFile[]) => files.flatMap((file) => parse(file, cwd, problems) ?? []);
  const sources = { rules: all(set.rules).map((rules) => withMode(rules, changes?.mode ?? null)), remediations: all(set.remediations) };
  warnings.push(...withoutFiles(set, source, options));
  problems.push(...withoutGivenFiles(set, options));
  const setting = settingOf(path !== null && file === null ? everythingBroken(root) : root);
  const compiled = compileAll(sources, setting, options.vocabulary, problems, warnings);
  const dry = overrides.dryRun?.value ?? (dryRun || root.document.global.dry_run);
  const hashEdition = createEditionHash();
  const rules = compiled.map(({ edition, starts, continue: goesOn }): ActiveRule => {
    const quiet = edition.rule.mode === 'observe' ? 'observe' : null;
    return { rule: edition.rule.name, hash: hashEdition(edition), edition, dry: dry ? 'flag' : quiet, starts, continue: goesOn };
  });
  const settings = resolveSettings(root.document, overrides, { source, directory, cwd }, problems);
  const process = { ...settings, file: path, dryRun: dry };
  const shown = path === null ? null : displayPath(path, cwd);
  const config: Omit<Config, 'hash'> = {
    ...process,
    rules,
    remediations: sources.remediations.length,
  };
  const written = { rules: compiled, root: root.document, rootSource: source, setting };
  if (problems.length === 0) warnings.push(...runLints(written, options.lints));
  return {
    config: problems.length > 0 ? null : deepFreeze({ ...config, hash: hashOf(config) }),
    process: problems.some((problem) => concernsProcess(problem, shown)) ? null : process,
    problems: sortProblems(problems),
    warnings: sortProblems(warnings),
    files: describeFiles(set, sources.rules, cwd),
    written,
  };
}

/** A root file that cannot be read is told once; what rules refer to in it is not told to be missing. */
function everythingBroken({ document }: Root): Root {
  return { document, broken: new Set(Object.keys(document)) };
}

/** null = it cannot be read or is no strict YAML, which was told. */
function parse({ path, text }: SourceFile, cwd: string, problems: Problem[]): YamlSource | null {
  const read = 'content' in text ? readYaml(displayPath(path, cwd), text.content) : [text.fault];
  if (!Array.isArray(read)) return read as YamlSource;
  problems.push(...(read as Problem[]));
  return null;
}

function withoutFiles({ patterns }: SourceSet, source: YamlSource | null, { ruleFiles, remediationFiles }: LoadOptions): Problem[] {
  const of = (kind: keyof SourceSet['patterns'], given: readonly string[] | undefined, section: string): Problem[] => {
    // The usual folders may well not be there; what was asked for should.
    if (given !== undefined || source === null || !sectionOf(source.value, section)) return [];
    const none = patterns[kind].filter(({ found }) => !found);
    return none.map(({ pattern }) => source.problem('no-files', [section], noFileMatches(pattern), 'correct the pattern, or remove it'));
  };
  return [...of('rules', ruleFiles, 'rule_files'), ...of('remediations', remediationFiles, 'remediation_files')];
}

/** Whoever names files on the command line means some: a pattern that fits none would pass as sound. */
function withoutGivenFiles({ patterns }: SourceSet, { ruleFiles, remediationFiles }: LoadOptions): Problem[] {
  const given = [...(ruleFiles === undefined ? [] : patterns.rules), ...(remediationFiles === undefined ? [] : patterns.remediations)];
  return given.filter(({ found }) => !found).map(({ pattern }) => fault('', 'no-files', noFileMatches(pattern), 'correct the pattern'));
}

function sectionOf(value: Json, section: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, section);
}

const noFileMatches = (pattern: string): string => `no file matches ${JSON.stringify(pattern)}`;

function describeFiles(set: SourceSet, rules: readonly YamlSource[], cwd: string): LoadedFile[] {
  const shown = ({ path }: SourceFile): string => displayPath(path, cwd);
  const byFile = new Map(rules.map((source) => [source.file, source.value]));
  const countOf = (file: string): number => {
    const value = byFile.get(file);
    const listed = typeof value === 'object' && value !== null && 'rules' in value ? value['rules'] : null;
    return Array.isArray(listed) ? listed.length : 0;
  };
  return [
    ...(set.root === null ? [] : [{ file: shown(set.root), kind: 'config' as const, count: 1 }]),
    ...set.rules.map((file) => ({ file: shown(file), kind: 'rules' as const, count: countOf(shown(file)) })),
    ...set.remediations.map((file) => ({ file: shown(file), kind: 'remediation' as const, count: 1 })),
  ];
}

/** Whether addresses, store or clusters may be another than was meant. An unknown key may be any of them, misspelt. */
function concernsProcess({ file, path }: Problem, root: string | null): boolean {
  if (file === '') return true;
  const section = /^\w+/.exec(path)?.[0] ?? '';
  return file === root && !RULE_SECTIONS.has(section);
}

/** A set that runs on another process' addresses, store and clusters. */
export function withProcess(config: Config, process: ProcessConfig): Config {
  const own = Object.fromEntries(RESTART_SECTIONS.map((section) => [section, process[section]]));
  const { hash: _, ...joined } = { ...config, ...own, file: process.file, watch: process.watch };
  return deepFreeze({ ...joined, hash: hashOf(joined) });
}

function hashOf(config: Omit<Config, 'hash'>): string {
  const rules = config.rules.map(({ hash, dry, starts, continue: goesOn }) => [hash, dry, starts, goesOn]);
  return sha256(canonicalJson({ ...config, rules }));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
