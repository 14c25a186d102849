import type { Argument, Command, Option } from 'commander';

/** What may stand in a place of the command line. */
export type Values =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  /** Something that stands on the disk. */
  | { readonly kind: 'file' }
  /** The name of a rule of the configuration. */
  | { readonly kind: 'rule' }
  | { readonly kind: 'any' };

export interface OptionModel {
  /** `-o` and `--output`; only what there is. */
  readonly names: readonly string[];
  readonly description: string;
  /** null = it takes no value. */
  readonly values: Values | null;
}

export interface CommandModel {
  /** `rules show`; '' = the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionModel[];
  /** By position; what follows is as the last one. */
  readonly args: readonly Values[];
}

/** Every command of the program, by what the program itself says of them. */
export function commandsOf(command: Command, path = ''): CommandModel[] {
  const below = command.commands.map((one) => ({ one, path: path === '' ? one.name() : `${path} ${one.name()}` }));
  const own: CommandModel = {
    path,
    commands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
    // What stands under `list` may also be written without it.
    options: [...command.options, ...(command.commands.find((one) => one.name() === 'list')?.options ?? [])]
      .map(optionOf)
      .concat({ names: ['-h', '--help'], description: 'show help', values: null }),
    args: command.registeredArguments.map(valuesOf),
  };
  return [own, ...below.flatMap(({ one, path: under }) => commandsOf(one, under))];
}

function optionOf(option: Option): OptionModel {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const takesValue = option.required || option.optional;
  return { names, description: option.description, values: takesValue ? valuesOf(option) : null };
}

/** By the choices, else by the word in angle brackets: `<file>`, `<files...>`, `<directory>`, `<path>`, `<payload>` and `<rule>` are what they say. */
function valuesOf(place: Option | Argument): Values {
  if (place.argChoices !== undefined) return { kind: 'choices', choices: place.argChoices };
  const word = 'flags' in place ? (/[<[]([^>\].]+)/.exec(place.flags)?.[1] ?? '') : place.name();
  if (['file', 'files', 'directory', 'path', 'payload'].includes(word)) return { kind: 'file' };
  return word === 'rule' ? { kind: 'rule' } : { kind: 'any' };
}

/** Options of any command whose value is the next word. */
export function valuedOptions(commands: readonly CommandModel[]): string[] {
  return [...new Set(commands.flatMap(({ options }) => options.flatMap(({ names, values }) => (values === null ? [] : names))))];
}

/** Text within single quotes, for bash and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
