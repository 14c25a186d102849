import { valuedOptions, type CommandModel, type Values } from './model.ts';

/** A script for fish 3 or newer. */
export function fishCompletion(commands: readonly CommandModel[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# fish completion of remediad. remediad completion fish > ~/.config/fish/completions/remediad.fish
function __remediad_path
    set -l found
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${valuedOptions(commands).join(' ')}
            set skip 1
        else if contains -- (string join ' ' -- $found $word) ${paths.map(quoted).join(' ')}
            set -a found $word
        end
    end
    string join ' ' -- $found
end
function __remediad_at
    set -l path (__remediad_path)
    test "$path" = "$argv[1]"
end
function __remediad_rules
    set -l words (commandline -opc)
    set -l config
    if set -l at (contains -i -- --config.file $words)
        set config --config.file $words[(math $at + 1)]
    end
    $words[1] rules show -o name $config 2>/dev/null
end
complete -c remediad -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, args }: CommandModel): string[] {
  const here = `complete -c remediad -n ${quoted(`__remediad_at ${quoted(path)}`)}`;
  const last = args.at(-1);
  return [
    ...commands.map(({ name, description }) => `${here} -a ${quoted(name)} -d ${quoted(description)}`),
    ...options.map(({ names, description, values }) => `${here} ${names.map(flag).join(' ')}${takes(values)} -d ${quoted(description)}`),
    ...(last === undefined || last.kind === 'any' ? [] : [`${here}${last.kind === 'file' ? ' -F' : offer(last)}`]),
  ];
}

const flag = (name: string): string => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);

/** What an option takes: nothing, a file, or words, and then no files. */
function takes(values: Values | null): string {
  if (values === null) return '';
  return values.kind === 'file' ? ' -r -F' : ` -x${offer(values)}`;
}

function offer(values: Values): string {
  if (values.kind === 'choices') return ` -a ${quoted(values.choices.join(' '))}`;
  return values.kind === 'rule' ? " -a '(__remediad_rules)'" : '';
}

/** Text within single quotes, where fish knows escapes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
