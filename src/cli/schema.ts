import { Argument } from 'commander';
import { SCHEMA_NAMES, schemaNamed, type SchemaName } from '../wiring/schemas.ts';
import type { AddCommand } from './command.ts';

export const addSchema: AddCommand = (program, io) => {
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file, for editors and other programs')
    .addArgument(new Argument('<kind>', 'kind of file').choices(SCHEMA_NAMES))
    .addHelpText('after', HELP)
    .action((kind: SchemaName) => io.out(JSON.stringify(schemaNamed(kind), null, 2)));
};

const HELP = `
Editors with the YAML language server check a file that begins with the line
  # yaml-language-server: $schema=rules.schema.json

Examples:
  remediad schema rules > rules.schema.json
  remediad schema remediation > remediation.schema.json`;
