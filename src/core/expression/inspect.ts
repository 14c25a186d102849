import type { ASTNode } from '@marcbachmann/cel-js';
import { compileRegexp, type RegexpError } from '../regexp.ts';
import { nearest } from '../suggest.ts';
import { comprehensions, functions, isRoot, limits, roots, type Root } from './environment.ts';
import { ExpressionError } from './error.ts';

/** One place where an expression reads a variable: `steps.pod.phase` is root `steps`, path `[pod, phase]`. A computed key ends the path. */
export interface Read {
  readonly root: Root;
  readonly path: readonly string[];
  readonly offset: number;
  readonly length: number;
}

interface Scope {
  readonly bound: ReadonlySet<string>;
  readonly nested: number;
  /** Within a comprehension over a list whose length nothing bounds. */
  readonly computed: boolean;
}

/** Refuses what the language allows but we do not; answers what the expression reads. Throws `ExpressionError`. */
export function inspect(ast: ASTNode): Read[] {
  const reads: Read[] = [];
  visit(ast, { bound: new Set(), nested: 0, computed: false }, reads);
  return reads;
}

function visit(node: ASTNode, scope: Scope, reads: Read[]): void {
  switch (node.op) {
    case 'id':
    case '.':
    case '[]':
      visitAccess(node, scope, reads);
      return;
    case 'call':
      visitCall(node, node.args[0], null, node.args[1], scope, reads);
      return;
    case 'rcall':
      visitCall(node, node.args[0], node.args[1], node.args[2], scope, reads);
      return;
    case 'in':
      if (scope.nested > 0 && !isBounded(node.args[1]))
        throw refusal(node.args[1], 'within a comprehension "in" may not look into a computed list');
      for (const child of node.args) visit(child, scope, reads);
      return;
    case 'map':
      for (const [key] of node.args)
        if (key.op === 'value' && key.args === '__proto__') throw refusal(key, 'a map may have no key "__proto__"');
      for (const child of node.args.flat()) visit(child, scope, reads);
      return;
    default:
      for (const child of childrenOf(node)) visit(child, scope, reads);
  }
}

/** A chain of constant keys down from a variable is one read; whatever else it hangs on is visited. */
function visitAccess(node: ASTNode, scope: Scope, reads: Read[]): void {
  let path: string[] = [];
  let at = node;
  while (at.op === '.' || at.op === '[]') {
    const [inner, key] = at.args;
    if (typeof key === 'string') path = [key, ...path];
    else if (key.op === 'value' && typeof key.args === 'string') path = [key.args, ...path];
    else {
      path = [];
      visit(key, scope, reads);
    }
    at = inner;
  }
  if (at.op !== 'id') return visit(at, scope, reads);
  if (scope.bound.has(at.args)) return;
  if (!isRoot(at.args)) throw refusal(at, unknown('variable', at.args, roots));
  if (at.args === 'steps' && path.length === 0) throw refusal(at, 'name the step: steps.NAME, or steps["NAME"]');
  reads.push({ root: at.args, path, ...place(node) });
}

function visitCall(node: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[], scope: Scope, reads: Read[]): void {
  if (name === 'matches') throw refusal(node, 'matches() is not available, its time has no bound: use text.re2("pattern")');
  if (!Object.hasOwn(functions, name)) throw refusal(node, unknown('function', name, Object.keys(functions)));
  if (name === 're2') checkPattern(args[0]);
  if (name === 'split') checkSplit(node, scope);
  if (name === 'join') checkJoin(node, receiver, scope);
  if (receiver !== null && comprehensions.has(name)) return visitComprehension(node, receiver, args, scope, reads);
  for (const child of receiver === null ? args : [receiver, ...args]) visit(child, scope, reads);
}

function checkPattern(pattern: ASTNode | undefined): void {
  if (pattern === undefined) return; // the type check tells of missing arguments
  if (pattern.op !== 'value' || typeof pattern.args !== 'string') throw refusal(pattern, 'the pattern of re2() must be a text in quotes');
  try {
    compileRegexp(pattern.args);
  } catch (error) {
    throw refusal(pattern, (error as RegexpError).message);
  }
}

/** It makes a list as long as its text: kept for each of many elements, or run over within another list, that would take all memory. */
function checkSplit(node: ASTNode, { nested, computed }: Scope): void {
  if (nested > 1 || computed) throw refusal(node, 'split() may stand in one comprehension at most, and not in one over a computed list');
}

/** It makes a text as long as all of its list. */
function checkJoin(node: ASTNode, list: ASTNode | null, { nested }: Scope): void {
  if (nested > 0) throw refusal(node, 'join() may not stand within a comprehension');
  const range = list?.op === 'rcall' && list.args[0] === 'map' ? list.args[1] : list;
  if (range !== null && !isBounded(range))
    throw refusal(node, 'join() may not take a list that is computed, but for one by map() or filter()');
}

/**
 * Its variable may hide none of ours. One comprehension may stand in another, over lists that are read or written out, never over
 * lists that are computed: lists are bounded where they come in, so that bounds the steps too.
 */
function visitComprehension(node: ASTNode, range: ASTNode, args: readonly ASTNode[], scope: Scope, reads: Read[]): void {
  const [variable, ...body] = args;
  if (scope.nested > limits.nested) throw refusal(node, 'more than one nested comprehension (all, exists, exists_one, map, filter)');
  if (scope.computed) throw refusal(node, 'a comprehension may not stand within one over a computed list');
  if (scope.nested > 0 && !isBounded(range)) throw refusal(range, 'a nested comprehension may not run over a computed list');
  visit(range, scope, reads);
  const bound = new Set(scope.bound);
  if (variable?.op === 'id') {
    if (isRoot(variable.args)) throw refusal(variable, `${variable.args} is a variable of its own: choose another name`);
    bound.add(variable.args);
  }
  for (const part of body) visit(part, { bound, nested: scope.nested + 1, computed: !isBounded(range) }, reads);
}

/** What is read or written out, as it is or filtered: lists are bounded where they come in. */
function isBounded(range: ASTNode): boolean {
  if (range.op === 'rcall') return range.args[0] === 'filter' && isBounded(range.args[1]);
  return ['id', '.', '[]', 'list'].includes(range.op);
}

function childrenOf(node: ASTNode): ASTNode[] {
  if (node.op === '!_' || node.op === '-_') return [node.args];
  return Array.isArray(node.args) ? (node.args as ASTNode[]) : [];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `unknown ${what} "${name}"${near === null ? `; there are ${known.join(', ')}` : `: did you mean "${near}"?`}`;
}

const place = (node: ASTNode) => ({ offset: node.start, length: node.end - node.start });

function refusal(node: ASTNode, message: string): ExpressionError {
  return new ExpressionError('syntax', message, place(node));
}
