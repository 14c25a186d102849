import { Argument } from 'commander';
import type { AddCommand } from './command.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { commandsOf } from './completion/model.ts';
import { zshCompletion } from './completion/zsh.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export const addCompletion: AddCommand = (program, io) => {
  program
    .command('completion')
    .description('print a script that completes commands, options, files and names of rules')
    .addArgument(new Argument('<shell>', 'who shall complete').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP)
    .action((shell: keyof typeof SHELLS) => io.out(SHELLS[shell](commandsOf(program)).trimEnd()));
};

const HELP = `
Examples:
  source <(remediad completion bash)                                        # in ~/.bashrc
  source <(remediad completion zsh)                                         # in ~/.zshrc, after compinit
  remediad completion fish > ~/.config/fish/completions/remediad.fish`;
