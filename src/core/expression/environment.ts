import { Environment } from '@marcbachmann/cel-js';
import { host, promql, re2, stamp } from './function.ts';

/** What an expression may read. Maps but `labels` and `annotations` hold values of any type. */
export const roots = [
  'labels',
  'annotations',
  'alert',
  'target',
  'workload',
  'params',
  'steps',
  'run',
  'rule',
  'incident',
  'priority',
] as const;
export type Root = (typeof roots)[number];

export function isRoot(name: string): name is Root {
  return (roots as readonly string[]).includes(name);
}

/** All functions and methods that an expression may call; name → what it does. */
export const functions: Readonly<Record<string, string>> = {
  host: 'host(address): the host of host:port, IPv6 without brackets',
  stamp: 'stamp(ms): a time as 20261121_200000, UTC',
  promql: 'promql(text): text made safe inside a quoted PromQL string',
  re2: 'text.re2(pattern): some part of the text matches the RE2 pattern',
  has: 'has(a.b): the field is there',
  size: 'size(x): characters, elements or entries',
  contains: 'text.contains(part)',
  startsWith: 'text.startsWith(part)',
  endsWith: 'text.endsWith(part)',
  lowerAscii: 'text.lowerAscii()',
  upperAscii: 'text.upperAscii()',
  trim: 'text.trim()',
  indexOf: 'text.indexOf(part)',
  lastIndexOf: 'text.lastIndexOf(part)',
  substring: 'text.substring(from, to)',
  split: 'text.split(separator)',
  join: 'list.join(separator)',
  int: 'int(x): a whole number',
  double: 'double(x): a number',
  string: 'string(x): as text',
  bool: 'bool(text)',
  dyn: 'dyn(x): of any type',
  all: 'list.all(x, condition)',
  exists: 'list.exists(x, condition)',
  exists_one: 'list.exists_one(x, condition)',
  map: 'list.map(x, value)',
  filter: 'list.filter(x, condition)',
};

export const comprehensions = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Bounds of one expression; the language has no loop but the comprehensions, so they bound its time too. */
export const limits = { characters: 2000, nodes: 500, depth: 20, elements: 100, nested: 1 } as const;

const sync = { async: false };

/** Functions alone; `dynamicEnvironment` and the type checker add variables. */
export const baseEnvironment = new Environment({
  unlistedVariablesAreDyn: false,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: false,
  limits: {
    maxAstNodes: limits.nodes,
    maxDepth: limits.depth,
    maxListElements: limits.elements,
    maxMapEntries: limits.elements,
    maxCallArguments: 8,
  },
})
  .registerFunction('host(string): string', host, sync)
  .registerFunction('stamp(int): string', stamp, sync)
  .registerFunction('promql(string): string', promql, sync)
  .registerFunction('string.re2(string): bool', re2, sync)
  .registerVariable('labels', 'map<string, string>')
  .registerVariable('annotations', 'map<string, string>')
  .registerVariable('priority', 'string');

// JSON does not tell 3 from 3.0: a measured value that happens to be whole must not break the arithmetic of its rule.
for (const [op, handler] of [
  ['+', (a: number, b: number) => a + b],
  ['-', (a: number, b: number) => a - b],
  ['*', (a: number, b: number) => a * b],
  ['/', (a: number, b: number) => a / b],
] as const) {
  baseEnvironment.registerOperator(`int ${op} double: double`, (a: bigint, b: number) => handler(Number(a), b));
  baseEnvironment.registerOperator(`double ${op} int: double`, (a: number, b: bigint) => handler(a, Number(b)));
}

// A field of a known type may still hold nothing, and may be asked whether it does.
for (const type of ['string', 'int', 'double', 'bool', 'list', 'map']) {
  baseEnvironment.registerOperator(`${type} == null`, (a: unknown, b: unknown) => a === b);
}

export const dynamicEnvironment = baseEnvironment.clone();
for (const root of ['alert', 'target', 'workload', 'params', 'steps', 'run', 'rule', 'incident'] as const) {
  dynamicEnvironment.registerVariable(root, 'map<string, dyn>');
}
