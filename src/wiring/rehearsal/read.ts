import { dirname, resolve } from 'node:path';
import { partOf, withSections } from '../../config/changes.ts';
import type { Config } from '../../config/config.ts';
import { displayPath, expand, readText } from '../../config/files.ts';
import { compileSet } from '../../config/load.ts';
import type { Problem } from '../../config/problem.ts';
import { sortProblems } from '../../config/problem.ts';
import { formatProblem } from '../../config/report.ts';
import { readSet, type SourceSet } from '../../config/source-set.ts';
import { validate } from '../../config/validate.ts';
import { readYaml, type YamlSource } from '../../config/yaml-source.ts';
import { nearest } from '../../core/suggest.ts';
import { defaultFleet, Fleet } from '../../adapters/sandbox/fleet.ts';
import { registry } from '../engine.ts';
import { testsFileSchema, type TestDocument, type TestsFile } from './schema.ts';

/** One test, with the configuration that it is about. */
export interface RuleTest {
  readonly document: TestDocument;
  readonly config: Config;
  readonly fleet: Fleet;
  readonly evaluationMs: number;
  readonly repeatMs: number;
}

export interface ReadTests {
  /** As the operator knows it. */
  readonly file: string;
  /** Empty where there is a problem. */
  readonly tests: readonly RuleTest[];
  readonly problems: readonly Problem[];
}

/** Reads a file of tests, and for each test the configuration, rules and remediations that it names; tells every fault at once. */
export function readTests(path: string, cwd: string): ReadTests {
  const file = displayPath(resolve(cwd, path), cwd);
  const problems: Problem[] = [];
  const source = readFile(resolve(cwd, path), cwd, problems);
  const document = source === null ? null : validate(testsFileSchema, source, [], problems);
  const tests = source === null || document === null ? [] : new Reader(source, document, resolve(cwd, path), cwd, problems).tests();
  const told = [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
  return { file, tests: told.length > 0 ? [] : tests, problems: sortProblems(told) };
}

function readFile(path: string, cwd: string, problems: Problem[]): YamlSource | null {
  const shown = displayPath(path, cwd);
  const text = readText(path, shown);
  const read = 'content' in text ? readYaml(shown, text.content) : [text.fault];
  if (!Array.isArray(read)) return read as YamlSource;
  problems.push(...(read as Problem[]));
  return null;
}

/** Sections of `remediad.yaml` that say which files there are: here the test file says it. */
const FILES = ['rule_files', 'remediation_files'];

class Reader {
  readonly #source: YamlSource;
  readonly #document: TestsFile;
  readonly #directory: string;
  readonly #cwd: string;
  readonly #problems: Problem[];
  readonly #set: SourceSet;
  readonly #configs = new Map<string, Config | null>();

  constructor(source: YamlSource, document: TestsFile, path: string, cwd: string, problems: Problem[]) {
    this.#source = source;
    this.#document = document;
    this.#directory = dirname(path);
    this.#cwd = cwd;
    this.#problems = problems;
    this.#set = this.#readSet();
  }

  tests(): RuleTest[] {
    const { tests, evaluation_interval: evaluationMs, repeat_interval: repeatMs } = this.#document;
    const shared = this.#fleet();
    return tests.flatMap((written, index) => {
      const document = this.#withLabels(written);
      this.#checkOrder(document, index);
      const config = this.#configOf(document, index);
      const fleet = document.fleet ?? shared;
      if (config === null || fleet === null) return [];
      this.#checkRules(document, index, config);
      return [{ document, config, fleet, evaluationMs, repeatMs }];
    });
  }

  #withLabels(document: TestDocument): TestDocument {
    const alerts = document.alerts.map((alert) => ({ ...alert, labels: { ...this.#document.labels, ...alert.labels } }));
    return { ...document, alerts };
  }

  #readSet(): SourceSet {
    const { config_file: configFile, rule_files: rules, remediation_files: remediations } = this.#document;
    const here = (patterns: readonly string[]) => patterns.map((pattern) => resolve(this.#directory, pattern));
    const alone = configFile === undefined;
    for (const [key, given] of [['rule_files', rules] as const, ['remediation_files', remediations] as const]) {
      for (const { pattern, found } of expand(given ?? [], this.#directory).patterns) {
        if (!found)
          this.#tell('no-files', [key], `no file matches ${JSON.stringify(pattern)}`, 'correct the pattern; it is relative to this file');
      }
    }
    if (alone && rules === undefined) {
      this.#tell('missing-key', [], 'the file names no rules', 'add rule_files, or the config_file that names them');
    }
    const set = readSet({
      flags: alone ? {} : { 'config.file': resolve(this.#directory, configFile) },
      environment: {},
      cwd: this.#cwd,
      ...(rules === undefined && !alone ? {} : { ruleFiles: here(rules ?? []) }),
      ...(remediations === undefined && !alone ? {} : { remediationFiles: here(remediations ?? []) }),
    });
    return alone ? { ...set, root: null } : set;
  }

  /** null = it cannot be read, which was told. */
  #fleet(): Fleet | null {
    const { fleet, fleet_file: file } = this.#document;
    if (fleet !== undefined && file !== undefined) {
      this.#tell('bad-value', ['fleet_file'], 'there are both fleet and fleet_file', 'keep one of them');
      return fleet;
    }
    if (file === undefined) return fleet ?? Fleet.parse(defaultFleet);
    const source = readFile(resolve(this.#directory, file), this.#cwd, this.#problems);
    return source === null ? null : validate(Fleet, source, [], this.#problems);
  }

  #configOf({ mode: wanted, config }: TestDocument, index: number): Config | null {
    const mode = wanted ?? null;
    const key = JSON.stringify([mode, config ?? {}]);
    const known = this.#configs.get(key);
    if (known !== undefined) return known;
    const common = this.#sections(this.#document.config ?? {}, ['config']);
    const own = this.#sections(config ?? {}, ['tests', index, 'config']);
    const changes = { sections: withSections(common, own), mode };
    const loaded = compileSet(this.#set, { flags: {}, environment: {}, cwd: this.#cwd, vocabulary: registry, lints: [], changes });
    this.#problems.push(...loaded.problems);
    this.#configs.set(key, loaded.config);
    return loaded.config;
  }

  #sections(config: TestDocument['config'] & object, path: readonly (string | number)[]): YamlSource {
    for (const name of FILES.filter((one) => Object.hasOwn(config, one))) {
      this.#tell('unknown-key', [...path, name], `${name} does not stand here`, 'put it at the top of the file');
    }
    return partOf(this.#source, path, config);
  }

  #checkOrder({ expect, alerts }: TestDocument, index: number): void {
    for (const [place, { at }] of expect.entries()) {
      const before = expect[place - 1];
      if (before === undefined || before.at < at) continue;
      this.#tell(
        'bad-value',
        ['tests', index, 'expect', place, 'at'],
        'it is not later than the one before',
        'put them in the order of their times',
      );
    }
    for (const [place, { at, until, labels }] of alerts.entries()) {
      const path = ['tests', index, 'alerts', place];
      if (typeof until === 'number' && until <= at) this.#tell('bad-value', [...path, 'until'], 'the alert ends before it begins', '');
      if (until === 'healthy' && (labels['namespace'] === undefined || labels['pod'] === undefined)) {
        this.#tell('bad-value', [...path, 'until'], 'which pod it is about cannot be told', 'give the labels namespace and pod, or a time');
      }
    }
  }

  #checkRules({ events, expect }: TestDocument, index: number, config: Config): void {
    const known = config.rules.map(({ rule }) => rule);
    const check = (rule: string | undefined, path: readonly (string | number)[]): void => {
      if (rule === undefined || known.includes(rule)) return;
      const near = nearest(rule, known);
      const fix = near === null ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
      this.#tell('unknown-rule', ['tests', index, ...path, 'rule'], `there is no rule "${rule}"`, fix);
    };
    for (const [place, { run, cancel, approve, reject, acknowledge }] of events.entries()) {
      for (const [word, said] of Object.entries({ run, cancel, approve, reject, acknowledge })) check(said?.rule, ['events', place, word]);
    }
    for (const [place, checkpoint] of expect.entries()) {
      for (const list of ['runs', 'effects', 'incidents', 'messages'] as const) {
        for (const [item, { rule }] of (checkpoint[list] ?? []).entries()) check(rule, ['expect', place, list, item]);
      }
    }
  }

  #tell(code: Problem['code'], path: readonly (string | number)[], message: string, fix: string): void {
    this.#problems.push(this.#source.problem(code, path, message, fix));
  }
}
