import type { Vocabulary } from '../config/compile/vocabulary.ts';
import { configDocuments, jsonSchemaOf } from '../config/schema/documents.ts';
import type { JsonObject } from '../core/json.ts';
import { registry } from './engine.ts';
import { testsFileSchema } from './rehearsal/schema.ts';

/** Every kind of file that people write. */
const documents = { ...configDocuments, tests: { title: 'Tests of rules', schema: testsFileSchema } } as const;

export type SchemaName = keyof typeof documents;
export const SCHEMA_NAMES = Object.keys(documents) as readonly SchemaName[];

/** The JSON Schema of a kind of file, with the actions, checks and collectors that there are. */
export const schemaNamed = (name: SchemaName, vocabulary: Vocabulary = registry): JsonObject => jsonSchemaOf(documents[name], vocabulary);
