import { z } from 'zod';
import type { Action, Check, Collector, Declaration } from '../src/core/capability.ts';
import { table } from './markdown.ts';

export interface Parameter {
  readonly name: string;
  readonly type: string;
  /** What holds when it is left out; `required` when it may not be. */
  readonly fallback: string;
  /** Empty when its author forgot it. */
  readonly describe: string;
}

export interface Kinds {
  readonly actions: readonly Action[];
  readonly checks: readonly Check[];
  readonly collectors: readonly Collector[];
}

const HEAD = `# Actions, checks and collectors

<!-- Made from src/actions, src/checks and src/collectors by \`make docs\`; change it there. -->

What a step of a remediation may name. Every check also answers \`ok\` (true, false, or unknown when it could not tell) and \`message\`; its other
fields are read as \`steps.NAME.<field>\`. Kubernetes rights are those of one target's namespace.`;

export function capabilitiesPage({ actions, checks, collectors }: Kinds): string {
  const sections = [
    '## Actions\n\nAn action changes the world, through the one gate.',
    ...actions.map((action) => section(action, [EFFECTS[action.effect]])),
    '## Checks\n\nA check reads.',
    ...checks.map((check) => section(check, outputOf(check))),
    '## Collectors\n\nA collector gathers evidence, bounded in size, before the first action.',
    ...collectors.map((collector) => section(collector, [])),
  ];
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const EFFECTS: Record<Action['effect'], string> = {
  idempotent: 'Idempotent: an attempt that is known not to have happened may be made again.',
  once: 'Once: when it cannot be told whether it happened, a human is asked.',
};

function section(declaration: Declaration<unknown>, more: readonly string[]): string {
  const { name, summary } = declaration;
  const params = parametersOf(declaration);
  const rows = params.map(({ name: param, type, fallback, describe }) => [`\`${param}\``, type, fallback, describe]);
  const with_ = params.length === 0 ? 'It takes no parameters.' : table(['parameter', 'type', 'default', ''], rows);
  return [`### \`${name}\``, summary, with_, ...more, rightsOf(declaration)].join('\n\n');
}

function outputOf({ output }: Check): string[] {
  const rows = Object.entries(output).map(([field, { type, describe }]) => [`\`${field}\``, type, describe]);
  return rows.length === 0 ? [] : [table(['field', 'type', ''], rows)];
}

function rightsOf({ rights }: Declaration<unknown>): string {
  if (rights.length === 0) return 'Kubernetes rights: none.';
  const words = rights.map(({ verb, group, resource, subresource }) => {
    const path = subresource === null ? resource : `${resource}/${subresource}`;
    return `${verb} ${group === '' ? path : `${path}.${group}`}`;
  });
  return `Kubernetes rights: ${words.map((word) => `\`${word}\``).join(', ')}.`;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** The parameters as a person writes them in YAML. */
export function parametersOf({ params }: Declaration<unknown>): Parameter[] {
  const { properties = {}, required = [] } = z.toJSONSchema(params, { io: 'input' }) as JsonSchema;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    fallback: required.includes(name) ? 'required' : schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``,
    describe: schema.description ?? '',
  }));
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const { minimum, maximum } = schema;
  const bounds = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` ${minimum}–${maximum}` : '';
  return `${[schema.type ?? 'any'].flat().join(' or ')}${bounds}`;
}
