import { ExpressionError, parseCondition, parseTemplate, type Expression, type Read } from '../../core/expression.ts';
import { roots, type Root } from '../../core/expression/environment.ts';
import { createTypeCheck, type Shape, type TypeCheck } from '../../core/expression/type-check.ts';
import type { Json } from '../../core/json.ts';
import { nearest } from '../../core/suggest.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import type { YamlSource } from '../yaml-source.ts';

/** What an expression may read where it stands: the shape of each variable, or `any` fields. What is not named cannot be read there. */
export interface Readable {
  readonly roots: { readonly [R in Root]?: Shape | 'any' };
  /** Steps that exist but come later. */
  readonly laterSteps?: ReadonlySet<string>;
}

/** Most places read the same few sets of variables, and a type checker costs a hundred times what it checks. */
const typeChecks = new WeakMap<Readable['roots'], TypeCheck>();

function typeCheckOf(roots: Readable['roots']): TypeCheck {
  const known = typeChecks.get(roots);
  if (known !== undefined) return known;
  const shapes = Object.entries(roots).filter((entry): entry is [string, Shape] => typeof entry[1] === 'object');
  const made = createTypeCheck(Object.fromEntries(shapes));
  typeChecks.set(roots, made);
  return made;
}

/** Checks expressions of one place of a recipe or rule, and remembers what they read of the workload. */
export class Reader {
  readonly #readable: Readable;
  readonly #source: YamlSource;
  readonly #problems: Problem[];
  /** First field of each read of `workload` that is not asked for by `has()`. */
  readonly workloadFields = new Set<string>();

  constructor(readable: Readable, source: YamlSource, problems: Problem[]) {
    this.#readable = readable;
    this.#source = source;
    this.#problems = problems;
  }

  condition(text: string, path: readonly PathSegment[]): void {
    const types = this.#check(
      () => parseCondition(text),
      path,
      text.includes('${') ? 'a condition is CEL already: leave out "${" and "}"' : '',
    );
    const [type] = types ?? [];
    if (type === undefined || type === 'bool' || type === 'dyn') return;
    this.#tell('bad-expression', path, 0, `a condition must be true or false, this is of type ${plainType(type)}`, '');
  }

  /** The type of the template's value as far as it can be told; null if it is wrong, which was told. */
  template(text: string, path: readonly PathSegment[]): string | null {
    const expression = this.#parse(() => parseTemplate(text), path);
    if (expression === null) return null;
    const types = this.#check(() => expression, path);
    const isOne = expression.pieces.length === 1 && text === `\${${expression.pieces[0]?.text ?? ''}}`;
    return types === null ? null : isOne ? (types[0] ?? null) : 'string';
  }

  /** Every template in a JSON value. */
  templates(value: Json, path: readonly PathSegment[]): void {
    if (typeof value === 'string') this.template(value, path);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) this.templates(item as Json, [...path, index]);
    else if (value !== null && typeof value === 'object') {
      for (const [key, member] of Object.entries(value)) this.templates(member, [...path, key]);
    }
  }

  #parse(parse: () => Expression, path: readonly PathSegment[], fix = ''): Expression | null {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#tell('bad-expression', path, error.offset, error.message, fix);
      return null;
    }
  }

  #check(parse: () => Expression, path: readonly PathSegment[], fix = ''): string[] | null {
    const expression = this.#parse(parse, path, fix);
    if (expression === null) return null;
    const before = this.#problems.length;
    for (const read of expression.reads) this.#checkRead(read, path);
    if (this.#problems.length > before) return null;
    this.#noteWorkload(expression);
    const types: string[] = [];
    for (const { text, offset } of expression.pieces) {
      const checked = typeCheckOf(this.#readable.roots)(text);
      if ('error' in checked) this.#tell('bad-expression', path, offset + checked.error.offset, checked.error.message, '');
      else types.push(checked.type);
    }
    return this.#problems.length > before ? null : types;
  }

  #noteWorkload({ reads, pieces }: Expression): void {
    if (pieces.some(({ text }) => text.includes('has('))) return;
    for (const { root, path } of reads)
      if (root === 'workload' && path[0] !== undefined) this.workloadFields.add(path.slice(0, 2).join('.'));
  }

  #checkRead(read: Read, path: readonly PathSegment[]): void {
    const known = this.#readable.roots[read.root];
    if (known === undefined) {
      const here = roots.filter((root) => this.#readable.roots[root] !== undefined);
      this.#tell('unreadable-variable', path, read.offset, `${read.root} cannot be read here`, `this place reads ${here.join(', ')}`);
    } else if (known !== 'any') this.#checkFields(known, read, path);
  }

  #checkFields(shape: Shape, read: Read, path: readonly PathSegment[]): void {
    let at: Shape | string = shape;
    for (const [depth, field] of read.path.entries()) {
      if (typeof at === 'string') return;
      if (!Object.hasOwn(at, field)) return this.#unknownField(at, read, depth, field, path);
      at = at[field] ?? 'dyn';
    }
  }

  #unknownField(shape: Shape, { root, path: names, offset }: Read, depth: number, field: string, path: readonly PathSegment[]): void {
    const known = Object.keys(shape);
    const fix = suggestion(field, known);
    const owner = [root, ...names.slice(0, depth)].join('.');
    if (root === 'steps' && depth === 0) {
      const isLater = this.#readable.laterSteps?.has(field) === true;
      this.#tell(
        'unknown-step',
        path,
        offset,
        isLater ? `step "${field}" comes later` : `there is no step "${field}" here`,
        isLater ? 'move it up' : fix,
      );
    } else if (root === 'params' && depth === 0) this.#tell('unknown-parameter', path, offset, `there is no parameter "${field}"`, fix);
    else this.#tell('unknown-field', path, offset, `${owner} has no field "${field}"`, fix);
  }

  #tell(code: ProblemCode, path: readonly PathSegment[], offset: number, message: string, fix: string): void {
    this.#problems.push(this.#source.problem(code, path, message, fix, { offset }));
  }
}

export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `did you mean "${near}"?`;
  if (known.length < 2) return known.length === 0 ? 'define it: there is none yet' : `there is only ${known.join('')}`;
  return `there are ${known.join(', ')}`;
}

/** The checker's own names of shaped maps are of no use to anybody. */
function plainType(type: string): string {
  return type.startsWith('$') ? 'map' : type;
}
