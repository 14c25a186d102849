import { quoted, valuedOptions, type CommandModel, type Values } from './model.ts';

/** A script for zsh, to be sourced after compinit, or to stand as _remediad in a directory of fpath. */
export function zshCompletion(commands: readonly CommandModel[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `#compdef remediad
# zsh completion of remediad. In ~/.zshrc, after compinit: source <(remediad completion zsh)
_remediad() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] at=0 word i
  local remediad_path='' ; local -a config known
  if [[ $cur == --*=* ]]; then prev=\${cur%%=*}; cur=\${cur#*=}; compset -P '*='; fi
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      --config.file=*) config=($word); continue ;;
      ${valuedOptions(commands).join('|')})
        ((i++))
        [[ $word == --config.file && i -lt CURRENT ]] && config=(--config.file "$words[i]")
        continue ;;
      -*) continue ;;
    esac
    case "\${remediad_path:+$remediad_path }$word" in
      (${paths.map(quoted).join('|')}) remediad_path="\${remediad_path:+$remediad_path }$word" ;;
      (*) ((at++)) ;;
    esac
  done
  case $remediad_path in
${commands.map(commandCase).join('\n')}
  esac
}
_remediad_rules() { compadd -- \${(f)"$($words[1] rules show -o name $config 2>/dev/null)"}; }
if [[ $funcstack[1] == _remediad ]]; then _remediad "$@"; else compdef _remediad remediad; fi
`;
}

function commandCase({ path, commands, options, args }: CommandModel): string {
  const valued = options.flatMap(({ names, values }) =>
    values === null ? [] : [`      (${names.join('|')}) ${offer(values)}; return ;;`],
  );
  const flags = options.flatMap(({ names, description }) => names.map((name) => described(name, description)));
  const positions = args.map((values, index) => `      (${index === args.length - 1 ? '*' : index}) ${offer(values)} ;;`);
  const below = commands.map(({ name, description }) => described(name, description));
  const rest = [`    known=(${below.join(' ')})`, "    _describe 'command' known"];
  return [
    `  (${quoted(path)})`,
    ...(valued.length === 0 ? [] : ['    case $prev in', ...valued, '    esac']),
    `    if [[ $cur == -* ]]; then known=(${flags.join(' ')}); _describe 'option' known; return; fi`,
    ...(commands.length > 0 ? rest : args.length === 0 ? [] : ['    case $at in', ...positions, '    esac']),
    '    ;;',
  ].join('\n');
}

/** `word:what it is`, as _describe takes it. */
const described = (word: string, description: string): string => quoted(`${word.replaceAll(':', String.raw`\:`)}:${description}`);

function offer(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `compadd -- ${values.choices.map(quoted).join(' ')}`;
    case 'file':
      return '_files';
    case 'rule':
      return '_remediad_rules';
    case 'any':
      return ':';
  }
}
