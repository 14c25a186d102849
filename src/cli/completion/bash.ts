import { quoted, valuedOptions, type CommandModel, type Values } from './model.ts';

/** A script for bash 4 or newer. Bash splits words at `=`, so that `--a=b` arrives as three of them. */
export function bashCompletion(commands: readonly CommandModel[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# bash completion of remediad. In ~/.bashrc: source <(remediad completion bash)
_remediad() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' at=0 word config=() i
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${valuedOptions(commands).join('|')})
        [[ \${COMP_WORDS[i+1]} == '=' ]] && ((i++))
        ((i++))
        [[ $word == --config.file && i -lt COMP_CWORD ]] && config=(--config.file "\${COMP_WORDS[i]}")
        continue ;;
      -*) continue ;;
    esac
    case "\${path:+$path }$word" in
      ${paths.map(quoted).join('|')}) path="\${path:+$path }$word" ;;
      *) ((at++)) ;;
    esac
  done
  case "$path" in
${commands.map(commandCase).join('\n')}
  esac
}
_remediad_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_remediad_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
_remediad_rules() { _remediad_words "$("\${COMP_WORDS[0]}" rules show -o name "\${config[@]}" 2>/dev/null)"; }
complete -F _remediad remediad
`;
}

function commandCase({ path, commands, options, args }: CommandModel): string {
  const valued = options.flatMap(({ names, values }) => (values === null ? [] : [`      ${names.join('|')}) ${offer(values)}; return ;;`]));
  const words = options.flatMap(({ names }) => names).join(' ');
  const positions = args.map((values, index) => `      ${index === args.length - 1 ? '*' : index}) ${offer(values)} ;;`);
  const rest =
    commands.length > 0
      ? [`    _remediad_words ${quoted(commands.map(({ name }) => name).join(' '))}`]
      : ['    case $at in', ...positions, '    esac'];
  return [
    `  ${quoted(path)})`,
    ...(valued.length === 0 ? [] : ['    case $prev in', ...valued, '    esac']),
    `    if [[ $cur == -* ]]; then _remediad_words ${quoted(words)}; return; fi`,
    ...(commands.length === 0 && args.length === 0 ? [] : rest),
    '    ;;',
  ].join('\n');
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `_remediad_words ${quoted(values.choices.join(' '))}`;
    case 'file':
      return '_remediad_files';
    case 'rule':
      return '_remediad_rules';
    case 'any':
      return ':';
  }
}
