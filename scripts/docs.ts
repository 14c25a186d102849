/**
 * Writes the pages of docs/ that are made from the code; `test/repository` fails while they differ from it.
 *
 * usage: node scripts/docs.ts
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pages } from './pages.ts';

const docs = resolve(import.meta.dirname, '../docs');
for (const [name, text] of Object.entries(pages())) await writeFile(join(docs, name), text);
