import { z } from 'zod';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Vocabulary } from '../compile/vocabulary.ts';

interface Named {
  readonly name: string;
  readonly params: z.ZodType;
  readonly summary?: string;
}

/** Wherever a schema lets a check, an action or a collector be named, the names that there are, and their parameters under `with`. */
export function withCapabilities(schema: Json, { actions, checks, collectors }: Vocabulary): Json {
  const kinds = { action: [...actions.values()], check: [...checks.values()], collect: [...collectors.values()] };
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const visited = Object.fromEntries(Object.entries(value as JsonObject).map(([key, member]) => [key, visit(member)]));
    const properties = visited['properties'] as JsonObject | undefined;
    const word = (['action', 'check', 'collect'] as const).find(
      (one) => properties?.[one] !== undefined && properties['with'] !== undefined,
    );
    return word === undefined || properties === undefined ? visited : { ...visited, ...named(word, kinds[word], properties) };
  };
  return visit(schema);
}

function named(word: string, known: readonly Named[], properties: JsonObject): JsonObject {
  const { pattern: _, ...own } = properties[word] as JsonObject;
  const anyOf = known.map(({ name, summary }) => ({ const: name, ...(summary === undefined ? {} : { description: summary }) }));
  return {
    properties: { ...properties, [word]: { ...own, anyOf } },
    allOf: known.map(({ name, params }) => ({
      if: { properties: { [word]: { const: name } }, required: [word] },
      then: { properties: { with: paramsOf(params) } },
    })),
  };
}

/** Whether a parameter that must be there is, depends on `with` as a whole, and is the loader's to say. */
function paramsOf(params: z.ZodType): JsonObject {
  const { $schema: _, required: __, ...schema } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }) as JsonObject;
  const properties = (schema['properties'] ?? {}) as JsonObject;
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, orTemplate(one as JsonObject)])),
  };
}

/** A value, or an expression that gives one; so in lists. */
function orTemplate(schema: JsonObject): JsonObject {
  const { description, default: usual, ...rest } = schema;
  const items = rest['items'];
  const value = typeof items === 'object' && items !== null ? { ...rest, items: orTemplate(items as JsonObject) } : rest;
  return {
    ...(description === undefined ? {} : { description }),
    ...(usual === undefined ? {} : { default: usual }),
    anyOf: [value, { type: 'string', pattern: String.raw`\$\{` }],
  };
}
