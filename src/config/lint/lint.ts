import type { CompiledRule } from '../compile/rule.ts';
import type { Setting } from '../compile/setting.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import type { RootDocument } from '../schema/root.ts';
import type { YamlSource } from '../yaml-source.ts';

/** A configuration without errors, as the lints see it: what was written, and what is in force. */
export interface RuleSet {
  /** In the order in which they are asked. */
  readonly rules: readonly CompiledRule[];
  readonly root: RootDocument;
  /** null = there is no root file. */
  readonly rootSource: YamlSource | null;
  readonly setting: Setting;
}

/** What may be meant but looks wrong. Its name is the code of its warnings, and what `check --lint` takes. */
export interface Lint<N extends ProblemCode = ProblemCode> {
  readonly name: N;
  /** For whoever wonders what it looks for. */
  readonly summary: string;
  /** Never a false alarm: what cannot be told for sure is not told. */
  check(set: RuleSet): readonly Finding[];
}

export interface Finding {
  /** null = the root file. */
  readonly rule: CompiledRule | null;
  /** From the top of the rule or of the root file. */
  readonly path: readonly PathSegment[];
  readonly message: string;
  readonly fix: string;
}

/** Keeps a lint's own name in its type. */
export const defineLint = <N extends ProblemCode>(lint: Lint<N>): Lint<N> => lint;

/** The rules that may have effects, or ask for them. */
export const mayAct = ({ edition }: CompiledRule): boolean => edition.rule.mode !== 'observe';

/** `"node-down" (rules/a.yaml:2)` */
export function nameOf({ edition, source, path }: CompiledRule): string {
  return `"${edition.rule.name}" (${source.file}:${source.place(path).line})`;
}

export function problemOf(lint: Lint, { rule, path, message, fix }: Finding, { rootSource }: RuleSet): Problem {
  if (rule !== null) return rule.source.problem(lint.name, [...rule.path, ...path], message, fix);
  return (
    rootSource?.problem(lint.name, path, message, fix) ?? {
      file: '',
      line: 0,
      column: 0,
      path: path.join('.'),
      code: lint.name,
      message,
      fix,
    }
  );
}
