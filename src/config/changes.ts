import type { Mode } from '../core/edition.ts';
import type { Json } from '../core/json.ts';
import type { PathSegment } from './problem.ts';
import type { YamlSource } from './yaml-source.ts';

/** What is tried in place of what the files say. */
export interface Changes {
  /** Each stands in place of the root file's section of its name. */
  readonly sections: YamlSource;
  /** Of every rule; null = as its file says. */
  readonly mode: Mode | null;
}

type Members = Readonly<Record<string, Json>>;

/** One map within a file, as if it were a file of its own: problems are told where it really stands. */
export function partOf(source: YamlSource, path: readonly PathSegment[], value: Members): YamlSource {
  return {
    file: source.file,
    value,
    problem: (code, within, ...rest) => source.problem(code, [...path, ...within], ...rest),
    place: (within) => source.place([...path, ...within]),
  };
}

/** `file` null = there is none, or it could not be read. */
export function withSections(file: YamlSource | null, sections: YamlSource): YamlSource {
  if (file === null) return sections;
  const own = membersOf(sections);
  const from = (path: readonly PathSegment[]): YamlSource => (Object.hasOwn(own, path[0] ?? '') ? sections : file);
  return {
    file: file.file,
    value: { ...membersOf(file), ...own },
    problem: (code, path, ...rest) => from(path).problem(code, path, ...rest),
    place: (path) => from(path).place(path),
  };
}

/** What is no list of rules is left as it is, to be told. */
export function withMode(rules: YamlSource, mode: Mode | null): YamlSource {
  const { rules: list } = membersOf(rules);
  if (mode === null || !Array.isArray(list)) return rules;
  const changed = list.map((rule): Json => (isMap(rule) ? { ...rule, mode } : rule));
  return {
    file: rules.file,
    value: { ...membersOf(rules), rules: changed },
    problem: (...problem) => rules.problem(...problem),
    place: (path) => rules.place(path),
  };
}

const isMap = (value: Json): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const membersOf = ({ value }: YamlSource): Members => (isMap(value) ? value : {});
