import type { Problem } from './problem.ts';

/** Flags and environment, which win over the file: flags over environment. */
export interface Overrides {
  readonly configFile: Override<string> | null;
  readonly configWatch: Override<boolean> | null;
  readonly listenAddress: Override<string> | null;
  readonly externalUrl: Override<string> | null;
  readonly storagePath: Override<string> | null;
  readonly redisUrl: Override<string> | null;
  readonly dryRun: Override<boolean> | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Override<T> {
  readonly value: T;
  /** How the operator said it: `--web.listen-address` or `REMEDIAD_WEB_LISTEN_ADDRESS`. */
  readonly from: string;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Flags by their names without dashes; what was not given is left out. */
export type Flags = Readonly<Partial<Record<FlagName, string | boolean>>>;

export const FLAGS = {
  'config.file': 'remediad.yaml; built-in defaults without one',
  'config.watch': 'whether a change of these files reloads them: true, as usual, or false',
  'web.listen-address': 'host:port to serve on',
  'web.external-url': 'where a browser reaches remediad',
  'storage.path': 'directory of the embedded store',
  'redis.url': 'the store, if not the embedded one',
  'dry-run': 'observe only, whatever the rules say',
  'log.level': LOG_LEVELS.join(', '),
  'log.format': LOG_FORMATS.join(', '),
} as const;
export type FlagName = keyof typeof FLAGS;

/** `REMEDIAD_WEB_LISTEN_ADDRESS` for `--web.listen-address`, and so on. */
export const variableOf = (flag: FlagName): string => `REMEDIAD_${flag.replaceAll(/[.-]/g, '_').toUpperCase()}`;

export function readOverrides(flags: Flags, environment: Readonly<Record<string, string | undefined>>, problems: Problem[]): Overrides {
  const text = (flag: FlagName): Override<string> | null => {
    const given = flags[flag];
    if (typeof given === 'string') return { value: given, from: `--${flag}` };
    const variable = environment[variableOf(flag)];
    return variable === undefined || variable === '' ? null : { value: variable, from: variableOf(flag) };
  };
  return {
    configFile: text('config.file'),
    configWatch: readSwitch('config.watch', flags, text('config.watch'), problems),
    listenAddress: text('web.listen-address'),
    externalUrl: text('web.external-url'),
    storagePath: text('storage.path'),
    redisUrl: text('redis.url'),
    dryRun: readSwitch('dry-run', flags, text('dry-run'), problems),
    logLevel: readChoice(text('log.level'), LOG_LEVELS, 'info', problems),
    logFormat: readChoice(text('log.format'), LOG_FORMATS, 'logfmt', problems),
  };
}

function readSwitch(flag: FlagName, flags: Flags, text: Override<string> | null, problems: Problem[]): Override<boolean> | null {
  const given = flags[flag];
  if (typeof given === 'boolean') return { value: given, from: `--${flag}` };
  if (text === null) return null;
  if (text.value === 'true' || text.value === '1') return { value: true, from: text.from };
  if (text.value === 'false' || text.value === '0') return { value: false, from: text.from };
  problems.push(badSetting(text.from, `must be true or false, found ${JSON.stringify(text.value)}`));
  return null;
}

function readChoice<T extends string>(given: Override<string> | null, choices: readonly T[], otherwise: T, problems: Problem[]): T {
  if (given === null) return otherwise;
  const found = choices.find((choice) => choice === given.value);
  if (found === undefined)
    problems.push(badSetting(given.from, `must be one of ${choices.join(', ')}, found ${JSON.stringify(given.value)}`));
  return found ?? otherwise;
}

/** A problem of a flag or variable, which stands in no file. */
export function badSetting(from: string, message: string, fix = ''): Problem {
  return { file: '', line: 0, column: 0, path: from, code: 'bad-setting', message, fix };
}
