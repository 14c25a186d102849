import { LINT_NAMES, LINTS, type LintName } from '../config/lint/index.ts';
import { formatCheck, formatCheckJson } from '../config/report.ts';
import { nearest } from '../core/suggest.ts';
import { CommandError, EXIT, takesNoWords, type AddCommand } from './command.ts';
import { outputOption } from './output.ts';
import { flagsOf, load, takesConfiguration } from './configuration.ts';

interface Options {
  readonly output: 'text' | 'json';
  readonly rules?: string[];
  readonly remediations?: string[];
  readonly lint: string;
  readonly lintFatal?: boolean;
}

export const addCheck: AddCommand = (program, io, exit) => {
  const check = program
    .command('check')
    .description('read configuration, rules and remediations, and say everything that is wrong with them')
    .addHelpText('after', HELP);
  takesNoWords(check, () => 'name files with --rules, --remediations or --config.file');
  takesConfiguration(check, ['config.file'])
    .option('--rules <files...>', 'these rule files instead of the configured ones')
    .option('--remediations <files...>', 'these remediation files instead of the configured ones')
    .option('--lint <lints>', 'lints to run where there is no error: all, none, or names with commas between them', 'all')
    .option('--lint-fatal', 'warnings fail too, with exit code 3')
    .addOption(outputOption('text', 'json'))
    .action((options: Options & Record<string, unknown>) => {
      const loaded = load(flagsOf(options), io, {
        ...(options.rules === undefined ? {} : { ruleFiles: options.rules }),
        ...(options.remediations === undefined ? {} : { remediationFiles: options.remediations }),
        lints: lintsOf(options.lint),
      });
      io.out(options.output === 'json' ? formatCheckJson(loaded) : formatCheck(loaded));
      if (loaded.problems.length > 0) exit(EXIT.failed);
      else if (loaded.warnings.length > 0 && options.lintFatal === true) exit(EXIT.lint);
    });
};

function lintsOf(text: string): readonly LintName[] {
  if (text === 'all') return LINT_NAMES;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const known = LINT_NAMES.find((one) => one === name);
    if (known !== undefined) return known;
    const near = nearest(name, LINT_NAMES);
    const fix = near === null ? `there are all, none, ${LINT_NAMES.join(', ')}` : `did you mean "${near}"?`;
    throw new CommandError(`--lint: there is no lint "${name}" (fix: ${fix})`, EXIT.usage);
  });
}

const HELP = `
Lints:
${LINTS.map(({ name, summary }) => `  ${name.padEnd(20)}${summary}`).join('\n')}

Exit codes: 0 sound, 1 errors, 2 wrong usage, 3 warnings with --lint-fatal.

Examples:
  remediad check --config.file=remediad.yaml
  remediad check --lint-fatal -o json
  remediad check --rules rules/new.yaml --lint=shadowed,same-target`;
