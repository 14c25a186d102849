import { z } from 'zod';
import { nearest } from '../core/suggest.ts';
import type { PathSegment, Problem, ProblemCode } from './problem.ts';
import type { YamlSource } from './yaml-source.ts';

/** What a schema's own refusal may carry in `params`, to say more than its message. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly fix: string;
}

/** What to say where a key is missing or its list is empty, by the key. */
export type Hints = Readonly<Record<string, { readonly code: ProblemCode; readonly message: string; readonly fix: string }>>;

type Issue = z.core.$ZodIssue;

export interface ValidateOptions {
  readonly hints?: Hints;
  /** What takes the place of a key's value when that is wrong, so that the rest can still be looked at; undefined = nothing, it is left out. */
  readonly standIns?: Readonly<Record<string, unknown>>;
}

export interface Judged<T> {
  /** null = what is wrong with it leaves nothing to look at. */
  readonly value: T | null;
  /** Places in it whose value was wrong and is made up or left out. */
  readonly replaced: readonly (readonly PathSegment[])[];
}

/** As `judge`, for who need not know what is made up in the value. */
export function validate<S extends z.ZodType>(
  schema: S,
  source: YamlSource,
  path: readonly PathSegment[],
  problems: Problem[],
  options: ValidateOptions = {},
): z.output<S> | null {
  return judge(schema, source, path, problems, options).value;
}

/**
 * Checks the value at `path` of a source, every problem told. Answers the parsed value, without unknown keys, and with stand-ins where keys
 * that have one are wrong.
 */
export function judge<S extends z.ZodType>(
  schema: S,
  source: YamlSource,
  path: readonly PathSegment[],
  problems: Problem[],
  { hints = {}, standIns = {} }: ValidateOptions,
): Judged<z.output<S>> {
  // An empty message marks issues for which the schema has no words of its own.
  const value = valueAt(source.value, path);
  const result = schema.safeParse(value, { error: () => '', reportInput: true });
  if (result.success) return { value: result.data, replaced: [] };
  const { issues } = result.error;
  for (const issue of issues) problems.push(...explain(issue, { schema, source, path, hints }));
  const wrong = issues.filter(({ code }) => code !== 'unrecognized_keys').map((issue) => issue.path as PathSegment[]);
  if (wrong.some(([key]) => !Object.hasOwn(standIns, String(key)))) return { value: null, replaced: [] };
  const known = withoutUnknown(value, issues);
  for (const replaced of [wrong.map((place) => smallest(place, standIns)), wrong.map((place) => place.slice(0, 1))]) {
    const parsed = schema.safeParse(withStandIns(known, replaced, standIns));
    if (parsed.success) return { value: parsed.data, replaced };
  }
  return { value: null, replaced: [] };
}

/** What is left out alone, where it is left out and stands in no list; else the key as a whole. */
function smallest(place: readonly PathSegment[], standIns: Readonly<Record<string, unknown>>): readonly PathSegment[] {
  const isAlone = standIns[String(place[0])] === undefined && place.every((segment) => typeof segment === 'string');
  return isAlone ? place : place.slice(0, 1);
}

function withoutUnknown(value: unknown, issues: readonly Issue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) Reflect.deleteProperty(valueAt(copy, issue.path as PathSegment[]) as object, key);
  }
  return copy;
}

function withStandIns(value: unknown, places: readonly (readonly PathSegment[])[], standIns: Readonly<Record<string, unknown>>): unknown {
  const copy: unknown = structuredClone(value);
  for (const place of places) {
    const holder = valueAt(copy, place.slice(0, -1));
    // What holds it may have been left out with it.
    if (typeof holder !== 'object' || holder === null) continue;
    const key = String(place.at(-1));
    if (place.length > 1 || standIns[key] === undefined) Reflect.deleteProperty(holder, key);
    else Reflect.set(holder, key, structuredClone(standIns[key]));
  }
  return copy;
}

function valueAt(value: unknown, path: readonly PathSegment[]): unknown {
  return path.reduce(
    (at, segment) => (typeof at === 'object' && at !== null ? (at as Record<PathSegment, unknown>)[segment] : undefined),
    value,
  );
}

interface Context {
  readonly schema: z.ZodType;
  readonly source: YamlSource;
  readonly path: readonly PathSegment[];
  readonly hints: Hints;
}

function explain(issue: Issue, context: Context): Problem[] {
  const inner = issue.path as PathSegment[];
  const path = [...context.path, ...inner];
  const tell = (code: ProblemCode, message: string, fix: string): Problem => context.source.problem(code, path, message, fix);
  const key = String(path.at(-1) ?? '');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(context.schema, inner);
    return issue.keys.map((name) => unknownKey(context.source, [...path, name], name, known));
  }
  const isMissing = issue.input === undefined && ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code);
  const hint = Object.hasOwn(context.hints, key) ? context.hints[key] : undefined;
  if (hint !== undefined && (isMissing || issue.code === 'too_small')) return [tell(hint.code, hint.message, hint.fix)];
  if (isMissing) return [tell('missing-key', `"${key}" is missing`, `add "${key}"`)];
  if (issue.code === 'invalid_key')
    return [context.source.problem('bad-value', path, `the key ${issue.issues[0]?.message ?? 'does not fit'}`, '', { key: true })];
  if (issue.code === 'custom') {
    const { code = 'bad-value', fix = '' } = (issue.params ?? {}) as Partial<Refusal>;
    return [tell(code, issue.message, fix)];
  }
  if (issue.message !== '') return [tell('bad-value', `${issue.message}, found ${show(issue.input)}`, '')];
  return [describe(issue, tell, keysAt(context.schema, inner))];
}

export function unknownKey(source: YamlSource, path: readonly PathSegment[], name: string, known: readonly string[]): Problem {
  const near = nearest(name, known);
  const fix = near === null ? (known.length === 0 ? '' : `there are ${known.join(', ')}`) : `did you mean "${near}"?`;
  return source.problem('unknown-key', path, `unknown key "${name}"`, fix, { key: true });
}

function describe(issue: Issue, tell: (code: ProblemCode, message: string, fix: string) => Problem, keys: readonly string[]): Problem {
  const found = show(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      return tell(
        'wrong-type',
        `must be ${typeNames[issue.expected] ?? issue.expected}, found ${found}`,
        asWanted(issue.expected, issue.input, keys),
      );
    case 'invalid_value': {
      const near = typeof issue.input === 'string' ? nearest(issue.input, issue.values.map(String)) : null;
      return tell('bad-value', `must be ${oneOf(issue.values)}, found ${found}`, near === null ? '' : `did you mean "${near}"?`);
    }
    case 'invalid_union':
      return tell(
        'bad-value',
        issue.discriminator === undefined
          ? `${found} does not fit here`
          : `must be ${oneOf(optionsOf(issue))}, found ${show(chosen(issue))}`,
        '',
      );
    case 'too_small':
      return tell('bad-value', `must ${amount(issue.origin, 'least', Number(issue.minimum))}, found ${found}`, '');
    case 'too_big':
      return tell('bad-value', `must ${amount(issue.origin, 'most', Number(issue.maximum))}, found ${found}`, '');
    default:
      return tell('bad-value', `${found} does not fit here`, '');
  }
}

/** How what was found would be written as the type that is wanted, where that can be told. */
function asWanted(expected: string, input: unknown, keys: readonly string[]): string {
  const isScalar = ['string', 'number', 'boolean'].includes(typeof input);
  if (expected === 'array') return isScalar ? `write it as a list: [${show(input)}]` : '';
  if (expected === 'object')
    return keys.length === 0 || keys.length > 10 ? '' : `write a map with the ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`;
  return expected === 'string' && isScalar ? `write it in quotes: ${JSON.stringify(String(input))}` : '';
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function amount(origin: string, bound: 'least' | 'most', limit: number): string {
  if (origin === 'array') return `have at ${bound} ${limit} ${limit === 1 ? 'element' : 'elements'}`;
  if (origin === 'string') return bound === 'least' ? 'not be empty' : `have at most ${limit} characters`;
  return `be at ${bound} ${limit}`;
}

/** What stands where the schema looks to choose one of several forms. */
function chosen(issue: Issue): unknown {
  const name = 'discriminator' in issue ? String(issue.discriminator) : '';
  return (issue.input as Record<string, unknown> | undefined)?.[name];
}

function optionsOf(issue: Issue): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** A value as it can stand in a sentence. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object') return `${Object.keys(value).length === 0 ? 'an empty' : 'a'} ${Array.isArray(value) ? 'list' : 'map'}`;
  const text = JSON.stringify(value) ?? '';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The keys that the schema knows at a path into its value. */
function keysAt(schema: z.ZodType, path: readonly PathSegment[]): string[] {
  let at: z.ZodType = unwrap(schema);
  for (const segment of path) {
    if (at instanceof z.ZodObject) at = unwrap((at.shape as Record<string, z.ZodType>)[segment] ?? z.never());
    else if (at instanceof z.ZodArray) at = unwrap(at.element as z.ZodType);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType as z.ZodType);
    else return [];
  }
  if (at instanceof z.ZodRecord && at.keyType instanceof z.ZodEnum) return at.keyType.options.map(String);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in as z.ZodType) : schema;
}
