/**
 * Prints the folders of the npm packages that remediad needs in production, one a line, as the lock file has them: those that only
 * development needs and those of other platforms are left out. A package that should be there and is not ends it with exit code 1.
 *
 * usage: node scripts/image/packages.ts      in a checkout after `make setup`
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

interface Package {
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const root = resolve(import.meta.dirname, '../..');
const { packages } = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Package> };

/** Types are for compiling alone, whoever declares to depend on them. */
const isOfUse = ([folder, { dev }]: [string, Package]): boolean => folder !== '' && dev !== true && !dirname(folder).endsWith('/@types');
const isThere = ([folder]: [string, Package]): boolean => existsSync(resolve(root, folder, 'package.json'));

const wanted = Object.entries(packages).filter(isOfUse);
const missing = wanted.filter((one) => one[1].optional !== true && !isThere(one)).map(([folder]) => folder);
if (missing.length > 0) {
  console.error(`image: the lock file names packages that are not installed: ${missing.join(', ')}; run \`make setup\``);
  process.exitCode = 1;
} else {
  for (const [folder] of wanted.filter(isThere)) console.log(folder);
}
