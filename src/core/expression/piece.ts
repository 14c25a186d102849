import { serialize, type ASTNode, type ParseResult } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../json.ts';
import { fromCel, selectionOf, toCel, type Selection } from './convert.ts';
import { dynamicEnvironment, limits, type Root } from './environment.ts';
import { ExpressionError } from './error.ts';
import { inspect, type Read } from './inspect.ts';

/** Values of the variables. One that is left out has no fields: whatever reads it is told that the field is missing. */
export interface Variables {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly alert?: JsonObject;
  readonly target?: JsonObject;
  readonly workload?: JsonObject;
  readonly params?: JsonObject;
  readonly steps?: Readonly<Record<string, JsonObject>>;
  readonly run?: JsonObject;
  readonly rule?: JsonObject;
  readonly incident?: JsonObject;
  readonly priority?: string;
}

/** One CEL expression: the whole of an `if`, or the inside of one `${…}`. Offsets count within its own text. */
export interface Piece {
  readonly text: string;
  /** As far as it can be told without values: `bool`, `string`, `int`, `list`, `dyn`, … */
  readonly type: string;
  readonly reads: readonly Read[];
  readonly evaluate: (variables: Variables) => Json;
}

/** Throws `ExpressionError`. */
export function parsePiece(text: string): Piece {
  if (text.trim() === '') throw new ExpressionError('syntax', 'the expression is empty', whole(text));
  if (text.length > limits.characters)
    throw new ExpressionError('syntax', `the expression is longer than ${limits.characters} characters`, whole(text));
  const parsed = attempt(text, () => dynamicEnvironment.parse(text));
  const reads = inspect(parsed.ast);
  const checked = parsed.check();
  if (!checked.valid) throw asExpressionError('syntax', text, checked.error);
  const selection = selectionOf(reads);
  return { text, type: String(checked.type), reads, evaluate: (variables) => evaluate(text, parsed, selection, variables) };
}

function evaluate(text: string, parsed: ParseResult, selection: ReadonlyMap<Root, Selection>, variables: Variables): Json {
  try {
    const context: Record<string, unknown> = {};
    for (const [root, part] of selection) context[root] = valueOf(text, root, part, variables);
    return fromCel(parsed(context));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw asExpressionError('value', text, error);
  }
}

function valueOf(text: string, root: Root, part: Selection, variables: Variables): unknown {
  const value = variables[root];
  if (root === 'priority' && value === undefined)
    throw new ExpressionError('missing', 'priority is not known yet', whole(text), 'priority');
  return toCel(value ?? {}, part);
}

function attempt<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw asExpressionError('syntax', text, error);
  }
}

interface CelError extends Error {
  readonly code?: string;
  readonly summary?: string;
  readonly node?: ASTNode;
  readonly range?: { readonly start: number; readonly end: number };
}

/** A library error in our words and places. */
export function asExpressionError(kind: 'syntax' | 'value', text: string, cause: unknown): ExpressionError {
  const error = cause as CelError;
  const at = error.range === undefined ? whole(text) : { offset: error.range.start, length: error.range.end - error.range.start };
  if (error.code === 'no_such_key') return missing(error.node as ASTNode);
  const message = error.summary === undefined ? error.message : `${error.summary.charAt(0).toLowerCase()}${error.summary.slice(1)}`;
  return new ExpressionError(kind, message.replace('unexpected token: EOF', 'unexpected end of the expression'), at);
}

function missing(node: ASTNode): ExpressionError {
  const path = serialize(node);
  const [owner, key] = node.args as [ASTNode, string | ASTNode];
  const isStep = owner.op === 'id' && owner.args === 'steps';
  const message = isStep ? `step ${typeof key === 'string' ? `"${key}"` : serialize(key)} has no output` : `${path} is missing`;
  return new ExpressionError('missing', message, { offset: node.start, length: node.end - node.start }, path);
}

const whole = (text: string) => ({ offset: 0, length: text.length });
