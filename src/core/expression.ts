import type { Json } from './json.ts';
import { remember } from './remember.ts';
import { ExpressionError } from './expression/error.ts';
import type { Read } from './expression/inspect.ts';
import { parsePiece, type Piece, type Variables } from './expression/piece.ts';
import { asText, splitTemplate } from './expression/template.ts';

/**
 * The expressions of rules and remediations: a locked-down CEL. `if` and `expect` are conditions; everything else is a template, text with
 * `${…}` in it. A label, field or step that is not there is an error of kind `missing`, never an empty string.
 */

export { ExpressionError } from './expression/error.ts';
export type { Read } from './expression/inspect.ts';
export type { Variables } from './expression/piece.ts';

export interface Expression<T extends Json = Json> {
  readonly text: string;
  /** As far as it can be told without values: `bool`, `string`, `int`, `double`, `list<…>`, `map<…>`, `null`, `dyn`. */
  readonly type: string;
  /** What it reads, with offsets within `text`. */
  readonly reads: readonly Read[];
  /** Names of the steps that it reads. */
  readonly steps: ReadonlySet<string>;
  /** The CEL in it: itself, or each `${…}` with its offset. */
  readonly pieces: readonly { readonly text: string; readonly offset: number }[];
  /** Throws `ExpressionError` of kind `missing` or `value`. Whole numbers beyond 2^53 are errors of kind `value`. */
  readonly evaluate: (variables: Variables) => T;
}

/** The same texts come again with every alert; parsing costs several times what evaluating does. */
const kept = 5000;

/** Any CEL expression. Throws `ExpressionError` of kind `syntax`. */
export const parseExpression: (text: string) => Expression = remember(kept, (text) => {
  const piece = parsePiece(text);
  return describe(text, piece.type, [{ piece, offset: 0 }], piece.evaluate);
});

/** CEL that is true or false, as in `if:`. Throws `ExpressionError` of kind `syntax`. */
export const parseCondition: (text: string) => Expression<boolean> = remember(kept, (text) => {
  const piece = parsePiece(text);
  const all = { offset: 0, length: text.length };
  if (piece.type !== 'bool' && piece.type !== 'dyn')
    throw new ExpressionError('syntax', `a condition must be true or false, this is of type ${piece.type}`, all);
  return describe(text, 'bool', [{ piece, offset: 0 }], (variables) => {
    const value = piece.evaluate(variables);
    if (typeof value !== 'boolean') throw new ExpressionError('value', 'the condition is neither true nor false', all);
    return value;
  });
});

/** Text with `${…}`. One that is a single `${…}` keeps the type of its value, any other is a string. Throws `ExpressionError` of kind `syntax`. */
export const parseTemplate: (text: string) => Expression = remember(kept, (text) => {
  const parts = splitTemplate(text).map((part) =>
    part.kind === 'text' ? part : { ...part, piece: moved(part.offset, () => parsePiece(part.text)) },
  );
  const cel = parts.filter((part) => part.kind === 'cel');
  const [only] = cel;
  if (only !== undefined && parts.length === 1) {
    return describe(text, only.piece.type, cel, (variables) => moved(only.offset, () => only.piece.evaluate(variables)));
  }
  return describe(text, 'string', cel, (variables) =>
    parts
      .map((part) => {
        if (part.kind === 'text') return part.text;
        const value = moved(part.offset, () => part.piece.evaluate(variables));
        return asText(value, { offset: part.offset, length: part.text.length });
      })
      .join(''),
  );
});

/** A JSON value with a template in every string, evaluated. Keys are taken as they are. */
export function renderTemplates(value: Json, variables: Variables): Json {
  if (typeof value === 'string') return parseTemplate(value).evaluate(variables);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => renderTemplates(item, variables));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, renderTemplates(member, variables)]));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function describe<T extends Json>(
  text: string,
  type: string,
  parts: readonly { readonly piece: Piece; readonly offset: number }[],
  evaluate: (variables: Variables) => T,
): Expression<T> {
  const reads = parts.flatMap(({ piece, offset }) => piece.reads.map((read) => ({ ...read, offset: read.offset + offset })));
  const steps = new Set(reads.flatMap(({ root, path }) => (root === 'steps' ? path.slice(0, 1) : [])));
  return { text, type, reads, steps, pieces: parts.map(({ piece, offset }) => ({ text: piece.text, offset })), evaluate };
}

function moved<T>(offset: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw (error as ExpressionError).shifted(offset);
  }
}
