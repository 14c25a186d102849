import type { Shape, ValueType } from '../../core/expression/type-check.ts';
import type { ParameterType } from '../schema/remediation.ts';
import type { Readable } from './reader.ts';

/** What can be read where; the other side of core/environment.ts, which gives the values. */

const target = { cluster: 'string', kind: 'string', namespace: 'string', name: 'string', uid: 'string' } as const satisfies Shape;
const rule = { name: 'string', team: 'string' } as const satisfies Shape;
const alert = { fingerprint: 'string', generator_url: 'string' } as const satisfies Shape;
const run = { id: 'string', rung: 'int' } as const satisfies Shape;
const workload = {
  kind: 'string',
  name: 'string',
  container: 'string',
  process: 'string',
  ports: 'map',
  metrics_port: 'int',
  health_path: 'string',
  peers_command: 'list',
  claim_prefix: 'string',
} as const satisfies Shape;

/** Before anything is known but the alert. */
export const inTarget: Readable['roots'] = { labels: 'any', annotations: 'any', rule: { name: 'string' } };
export const inPriority: Readable['roots'] = { labels: 'any', annotations: 'any' };
/** Parameters that a rule gives to a remediation, and its own check: whatever belongs to no step. */
export const inLadder: Readable['roots'] = { labels: 'any', annotations: 'any', alert, target, workload, run, rule, priority: 'any' };

export function inStep(params: Shape | 'any', steps: Shape): Readable['roots'] {
  return { ...inLadder, params, steps };
}

const valueTypes: Readonly<Record<ParameterType, ValueType>> = {
  string: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  list: 'list',
  map: 'map',
};

export function shapeOfParams(params: Readonly<Record<string, { readonly type: ParameterType }>>): Shape {
  return Object.fromEntries(Object.entries(params).map(([name, { type }]) => [name, valueTypes[type]]));
}
