/**
 * What is wrong with an expression, or why it has no value.
 *
 * - `syntax`: it cannot be read, names what does not exist, uses what is not allowed, or its types do not fit. Told at load.
 * - `missing`: it reads a label, field or step that is not there; `missing` names it. A refusal, never an empty string.
 * - `value`: the values do not fit (types, division by zero, a conversion, a list too long).
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly kind: 'syntax' | 'missing' | 'value';
  /** UTF-16 offset and length within the text that was parsed, `${` and all. */
  readonly offset: number;
  readonly length: number;
  /** What is missing, as it was written, e.g. `labels.pod`; null unless `missing`. */
  readonly missing: string | null;

  constructor(
    kind: ExpressionError['kind'],
    message: string,
    at: { readonly offset: number; readonly length: number },
    missing: string | null = null,
  ) {
    super(message);
    this.kind = kind;
    this.offset = at.offset;
    this.length = at.length;
    this.missing = missing;
  }

  /** The same error, seen from a text in which the expression begins at `by`. */
  shifted(by: number): ExpressionError {
    return new ExpressionError(this.kind, this.message, { offset: this.offset + by, length: this.length }, this.missing);
  }
}
