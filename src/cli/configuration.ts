import { Option, type Command } from 'commander';
import { systemClock } from '../adapters/system/clock.ts';
import { ConfigSource } from '../config/config-source.ts';
import type { Config } from '../config/config.ts';
import { loadConfig, type Loaded, type LoadOptions } from '../config/load.ts';
import { FLAGS, type FlagName, type Flags } from '../config/overrides.ts';
import { formatProblem } from '../config/report.ts';
import { registry } from '../wiring/engine.ts';
import { CommandError, type Io } from './command.ts';

/** What stands in their place, where it says more than `value`. */
const PLACES: Partial<Record<FlagName, string>> = { 'config.file': 'file', 'storage.path': 'directory' };

/** Adds the daemon's flags, named as Prometheus' are. */
export function takesConfiguration(command: Command, flags: readonly FlagName[] = Object.keys(FLAGS) as FlagName[]): Command {
  for (const flag of flags)
    command.addOption(new Option(flag === 'dry-run' ? `--${flag}` : `--${flag} <${PLACES[flag] ?? 'value'}>`, FLAGS[flag]));
  return command;
}

/** The options as commander gives them: dotted names stay, dashed ones become camel case. */
export function flagsOf(options: Readonly<Record<string, unknown>>): Flags {
  const flags: Partial<Record<FlagName, string | boolean>> = {};
  for (const flag of Object.keys(FLAGS) as FlagName[]) {
    const value = options[flag] ?? options[camel(flag)];
    if (typeof value === 'string' || typeof value === 'boolean') flags[flag] = value;
  }
  return flags;
}

const camel = (flag: string) => flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export function load(flags: Flags, io: Io, rest: Pick<LoadOptions, 'ruleFiles' | 'remediationFiles' | 'lints'> = {}): Loaded {
  return loadConfig({ ...optionsOf(flags, io), ...rest });
}

/** The configuration, which must have no error. */
export function loadSound(flags: Flags, io: Io): Loaded & { readonly config: Config } {
  const loaded = load(flags, io, { lints: [] });
  const { config, problems } = loaded;
  if (config === null) throw new CommandError(problems.map(formatProblem).join('\n'));
  return { ...loaded, config };
}

/** For whoever reads it again and again; warnings of lints are `check`'s. */
export function sourceOf(flags: Flags, io: Io): ConfigSource {
  return new ConfigSource({ ...optionsOf(flags, io), lints: [] }, () => systemClock.now());
}

function optionsOf(flags: Flags, io: Io): LoadOptions {
  return { flags, environment: io.env, cwd: workingDirectory(), vocabulary: registry };
}

/** Paths of flags, and `remediad.yaml` itself, are looked for there. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new CommandError('the working directory does not exist any more: start remediad in one that does');
  }
}
