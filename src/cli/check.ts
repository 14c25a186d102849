import { formatCheck, formatCheckJson } from '../config/report.ts';
import { EXIT, type AddCommand } from './command.ts';
import { flagsOf, load, takesConfiguration } from './configuration.ts';

interface Options {
  readonly output: 'text' | 'json';
  readonly rules?: string[];
  readonly remediations?: string[];
  readonly lintFatal?: boolean;
}

export const addCheck: AddCommand = (program, io, exit) => {
  const check = program
    .command('check')
    .description('read configuration, rules and remediations, and say everything that is wrong with them');
  takesConfiguration(check, ['config.file'])
    .option('--rules <files...>', 'these rule files instead of the configured ones')
    .option('--remediations <files...>', 'these remediation files instead of the configured ones')
    .option('--lint-fatal', 'warnings fail too, with exit code 3')
    .option('-o, --output <format>', 'text or json', 'text')
    .action((options: Options & Record<string, unknown>) => {
      const loaded = load(flagsOf(options), io, {
        ...(options.rules === undefined ? {} : { rules: options.rules }),
        ...(options.remediations === undefined ? {} : { remediations: options.remediations }),
      });
      io.out(options.output === 'json' ? formatCheckJson(loaded) : formatCheck(loaded));
      if (loaded.problems.length > 0) exit(EXIT.failed);
      else if (loaded.warnings.length > 0 && options.lintFatal === true) exit(EXIT.lint);
    });
};
