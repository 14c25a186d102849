import { readFileSync } from 'node:fs';
import { helpExamples, type AddCommand } from './command.ts';

/** From the package that this file belongs to, in the checkout and when installed. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const versionLine = (): string => `remediad ${ownVersion()} (node ${process.version}, ${process.platform}/${process.arch})`;

export const addVersion: AddCommand = (program, io) => {
  program
    .version(versionLine(), '-V, --version', 'the same as the command version')
    .command('version')
    .description('version of remediad and of Node')
    .addHelpText('after', helpExamples('version'))
    .action(() => io.out(versionLine()));
};
