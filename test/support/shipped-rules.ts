import { resolve } from 'node:path';
import { actions } from '../../src/actions/index.ts';
import { checks } from '../../src/checks/index.ts';
import { collectors } from '../../src/collectors/index.ts';
import { loadConfig, type Loaded } from '../../src/config/load.ts';
import type { Edition } from '../../src/core/edition.ts';

/** The rules and remediations of the repository, as the example configuration loads them. */
export function loadShipped(): Loaded {
  const cwd = resolve(import.meta.dirname, '../..');
  const vocabulary = { actions, checks, collectors };
  return loadConfig({ flags: { 'config.file': 'examples/remediad.yaml' }, environment: {}, cwd, vocabulary });
}

export function shippedEdition(rule: string): Edition {
  const found = loadShipped().config?.rules.find((active) => active.rule === rule);
  if (found === undefined) throw new Error(`the repository ships no rule ${rule}`);
  return found.edition;
}
