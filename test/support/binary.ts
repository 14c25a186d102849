import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that stands on PATH, or undefined. */
export function findBinary(...names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** The same, or an error that says how to get one. A test that needs a program fails without it; it is never skipped. */
export function needBinary(...names: string[]): string {
  const found = findBinary(...names);
  if (found === undefined) throw new Error(`none of ${names.join(', ')} is on PATH: run \`make setup\``);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
