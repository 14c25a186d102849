import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that are wrong, each named after its defect. */
export const BROKEN = join(import.meta.dirname, '../fixtures/broken');

/** What is told of each broken file, by its path: `== file`, then one line per problem; warnings begin with `warning: `. */
export function expectedIn(name: string): ReadonlyMap<string, readonly string[]> {
  const blocks = readFileSync(join(BROKEN, name), 'utf8').split(/^== /m).slice(1);
  return new Map(blocks.map((block) => block.trimEnd().split('\n')).map(([file = '', ...lines]) => [file, lines]));
}
