import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import type { Parameter, ParameterType } from '../schema/remediation.ts';
import { show, validate } from '../validate.ts';
import type { YamlSource } from '../yaml-source.ts';
import { suggestion, type Reader } from './reader.ts';

/** What a step or rung gives to something that has parameters, and where it stands. */
export interface Given {
  readonly source: YamlSource;
  /** Of the map with the arguments. */
  readonly path: readonly PathSegment[];
  readonly values: Readonly<Record<string, Json>>;
  readonly reader: Reader;
  readonly problems: Problem[];
}

/** Against the parameters that a remediation declares; null = they are not known. */
export function checkArguments(given: Given, owner: string, params: Readonly<Record<string, Parameter>> | null): void {
  if (params === null) return given.reader.templates(given.values, given.path);
  for (const [name, value] of Object.entries(given.values)) {
    const parameter = Object.hasOwn(params, name) ? params[name] : undefined;
    if (parameter === undefined) tellUnknown(given, owner, name, Object.keys(params));
    else checkArgument(given, [...given.path, name], value, parameter);
  }
  for (const [name, parameter] of Object.entries(params)) {
    if (parameter.default === undefined && given.values[name] === undefined) tellMissing(given, owner, name);
  }
}

function checkArgument({ source, reader, problems }: Given, path: readonly PathSegment[], value: Json, parameter: Parameter): void {
  if (hasTemplate(value)) {
    const type = typeof value === 'string' ? reader.template(value, path) : (reader.templates(value, path), null);
    if (type === null || celTypes[parameter.type].some((word) => type.startsWith(word))) return;
    problems.push(source.problem('bad-parameter', path, `must be of type ${parameter.type}, the expression is of type ${type}`, ''));
    return;
  }
  const why = whyNot(value, parameter);
  if (why !== null) problems.push(source.problem('bad-parameter', path, `${why}, found ${show(value)}`, ''));
}

const celTypes: Readonly<Record<ParameterType, readonly string[]>> = {
  string: ['string', 'dyn'],
  integer: ['int', 'dyn'],
  number: ['int', 'double', 'dyn'],
  boolean: ['bool', 'dyn'],
  list: ['list', 'dyn'],
  map: ['map', '$', 'dyn'],
};

/** Why a literal value does not fit a parameter; null = it does. */
export function whyNot(value: Json, { type, minimum, maximum, enum: allowed }: Parameter): string | null {
  if (!ofType[type](value)) return `must be of type ${type}`;
  if (typeof value === 'number' && minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (typeof value === 'number' && maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
  if (allowed !== undefined && !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value)))
    return `must be one of ${allowed.map(show).join(', ')}`;
  return null;
}

const ofType: Readonly<Record<ParameterType, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  map: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Against the schema of an action, check or collector. What is written out is validated now, what is computed by its type as far as it is known. */
export function checkCapabilityArguments(given: Given, owner: string, schema: z.ZodType): void {
  const { source, path, values, problems } = given;
  const before = problems.length;
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  for (const [name, value] of Object.entries(values)) {
    const parameter = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (parameter === undefined) tellUnknown(given, owner, name, Object.keys(shape));
    else checkCapabilityArgument(given, [...path, name], value, parameter);
  }
  for (const [name, parameter] of Object.entries(shape))
    if (values[name] === undefined && !isOptional(parameter)) tellMissing(given, owner, name);
  // What holds between parameters can be told only of values.
  if (problems.length === before && Object.keys(values).length > 0 && !hasTemplate(values))
    validateParameter(schema, source, path, problems);
}

function checkCapabilityArgument({ source, reader, problems }: Given, path: readonly PathSegment[], value: Json, schema: z.ZodType): void {
  if (!hasTemplate(value)) return validateParameter(schema, source, path, problems);
  const type = typeof value === 'string' ? reader.template(value, path) : (reader.templates(value, path), null);
  if (type === null) return;
  const wanted = jsonTypes(schema);
  if (wanted.length === 0 || wanted.some((one) => (jsonToCel[one] ?? ['dyn']).some((word) => type.startsWith(word)))) return;
  problems.push(source.problem('bad-parameter', path, `must be of type ${wanted.join(' or ')}, the expression is of type ${type}`, ''));
}

function validateParameter(schema: z.ZodType, source: YamlSource, path: readonly PathSegment[], problems: Problem[]): void {
  const found: Problem[] = [];
  validate(schema, source, path, found);
  problems.push(...found.map((problem) => ({ ...problem, code: parameterCode(problem.code) })));
}

const jsonToCel: Readonly<Record<string, readonly string[]>> = {
  string: celTypes.string,
  integer: celTypes.integer,
  number: celTypes.number,
  boolean: celTypes.boolean,
  array: celTypes.list,
  object: celTypes.map,
  null: ['null', 'dyn'],
};

/** JSON types that a schema takes; empty = cannot be told. */
function jsonTypes(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const parts = [json, ...(json.anyOf ?? []), ...(json.oneOf ?? [])];
  return parts.flatMap((part) => (typeof part === 'object' && typeof part.type === 'string' ? [part.type] : []));
}

const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

function parameterCode(code: ProblemCode): ProblemCode {
  if (code === 'unknown-key') return 'unknown-parameter';
  return code === 'missing-key' ? 'missing-parameter' : 'bad-parameter';
}

function tellUnknown({ source, path, problems }: Given, owner: string, name: string, known: readonly string[]): void {
  problems.push(
    source.problem('unknown-parameter', [...path, name], `${owner} has no parameter "${name}"`, suggestion(name, known), { key: true }),
  );
}

function tellMissing({ source, path, problems }: Given, owner: string, name: string): void {
  problems.push(source.problem('missing-parameter', path, `${owner} needs the parameter "${name}"`, `add "${name}" under "with"`));
}

export function hasTemplate(value: Json | Readonly<Record<string, Json>>): boolean {
  if (typeof value === 'string') return value.includes('${');
  return value !== null && typeof value === 'object' && Object.values(value).some((member) => hasTemplate(member));
}
