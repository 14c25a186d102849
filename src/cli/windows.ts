import { windowStates, type WindowState } from '../config/show/windows.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import { CommandError, EXIT, type AddCommand } from './command.ts';
import { flagsOf, loadSound, takesConfiguration } from './configuration.ts';
import { outputOption, print, type Output } from './output.ts';
import { age, table } from './table.ts';

export const addWindows: AddCommand = (program, io) => {
  const windows = program
    .command('windows')
    .description('which time intervals are active, when they change next, and which rules use them')
    .addHelpText('after', HELP);
  takesConfiguration(windows, ['config.file'])
    .option('--at <time>', 'at this time, RFC 3339, instead of now')
    .addOption(outputOption('table', 'json'))
    .action((options: { at?: string; output: Output } & Record<string, unknown>) => {
      const at = options.at === undefined ? Date.now() : timeOf(options.at);
      const states = windowStates(loadSound(flagsOf(options), io).written, at);
      print(io, options.output, states, () => told(states, at));
    });
};

function timeOf(text: string): number {
  const at = parseTimestamp(text);
  if (at === null) {
    const fix = 'fix: write it as in RFC 3339, e.g. 2026-12-24T18:00:00Z or 2026-12-24T19:00:00+01:00';
    throw new CommandError(`--at: ${JSON.stringify(text)} is no time (${fix})`, EXIT.usage);
  }
  return at;
}

function told(states: readonly WindowState[], at: number): string {
  if (states.length === 0) return 'No time intervals are configured.';
  const rows = states.map(({ name, active, changesAt, rules }) => [
    name,
    active ? 'yes' : 'no',
    changesAt === null ? 'not within two years' : `${changesAt}  (in ${age(Date.parse(changesAt) - at)})`,
    rules.map((rule) => `${rule.name} (${rule.use})`).join(', ') || 'none',
  ]);
  return table(['interval', 'active', 'changes', 'rules'], rows);
}

const HELP = `
A rule acts only while one of its active_time_intervals is active, and neither acts nor pages while one of its
mute_time_intervals is.

Examples:
  remediad windows
  remediad windows --at 2026-12-24T18:00:00Z -o json`;
