import { z } from 'zod';
import { formatDuration } from '../../core/duration.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Vocabulary } from '../compile/vocabulary.ts';
import { remediationSchema, stepSchemas } from './remediation.ts';
import { rootSections } from './root.ts';
import { ruleSchema } from './rule.ts';
import { withCapabilities } from './with-capabilities.ts';

/** A file that a person writes, as JSON Schema knows it. */
export interface DocumentSchema {
  readonly title: string;
  /** The file as a whole, its parts included, which the loader looks at one by one. */
  readonly schema: z.ZodType;
}

/** The files of a configuration. What is new gets a page under docs/schema and a word of `remediad schema`. */
export const configDocuments = {
  config: { title: 'remediad.yaml', schema: z.strictObject(rootSections) },
  rules: { title: 'A file of rules', schema: z.strictObject({ rules: z.array(ruleSchema) }) },
  remediation: {
    title: 'A remediation',
    schema: remediationSchema.extend({
      steps: z
        .array(z.union(Object.values(stepSchemas)))
        .min(1)
        .describe('in order'),
    }),
  },
} as const satisfies Record<string, DocumentSchema>;

/**
 * The JSON Schema (draft 2020-12) of one kind of file. It refuses no file that the loader takes; what only the loader knows (names that exist,
 * expressions, times within bounds) it lets through.
 */
export function jsonSchemaOf({ title, schema }: DocumentSchema, vocabulary: Vocabulary): JsonObject {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // YAML's own numbers are read as texts there.
      if ('coerce' in zodSchema._zod.def && zodSchema._zod.def.coerce) jsonSchema.type = ['string', 'integer'] as never;
      // Formats of zod's own, which say what `pattern` says.
      delete jsonSchema.format;
      // The default of a duration is what it is read as.
      if (jsonSchema.type === 'string' && typeof jsonSchema.default === 'number') jsonSchema.default = formatDuration(jsonSchema.default);
    },
  }) as JsonObject;
  return withCapabilities({ $schema: $schema as Json, title, ...rest }, vocabulary) as JsonObject;
}
