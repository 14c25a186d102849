import type { Environment } from '@marcbachmann/cel-js';
import { baseEnvironment, roots, type Root } from './environment.ts';
import type { ExpressionError } from './error.ts';
import { asExpressionError } from './piece.ts';

export type ValueType = 'string' | 'int' | 'double' | 'bool' | 'list' | 'map' | 'dyn';

/** Fields of a variable and what they hold; nothing else can be read of it. */
export interface Shape {
  readonly [field: string]: ValueType | Shape;
}

type Shaped = Exclude<Root, 'labels' | 'annotations' | 'priority'>;

/** What is known of the variables where an expression stands. One that is left out may have any fields. */
export type Shapes = { readonly [R in Shaped]?: Shape };

/** The type of a piece of CEL, or why it has none. Offsets count within the piece. */
export type TypeCheck = (text: string) => { readonly type: string } | { readonly error: ExpressionError };

/** A check that knows more than the parser could. Texts must have been parsed before. */
export function createTypeCheck(shapes: Shapes): TypeCheck {
  const environment = baseEnvironment.clone();
  for (const root of roots) {
    if (root === 'labels' || root === 'annotations' || root === 'priority') continue;
    declare(environment, root, shapes[root]);
  }
  return (text) => {
    const checked = environment.check(text);
    return checked.valid ? { type: String(checked.type) } : { error: asExpressionError('syntax', text, checked.error) };
  };
}

function declare(environment: Environment, root: Shaped, shape: Shape | undefined): void {
  if (shape === undefined) environment.registerVariable(root, 'map<string, dyn>');
  else environment.registerVariable(root, { schema: shape });
}
