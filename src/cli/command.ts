import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { whyUnreadable } from '../config/files.ts';

/** One command: adds itself to the program. `exit` sets the exit code, which is 0 otherwise; the codes are promtool's. */
export type AddCommand = (program: Command, io: Io, exit: (code: number) => void) => void;

/** Where a command speaks to. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Standard output is a terminal. */
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const EXIT = { ok: 0, failed: 1, usage: 2, lint: 3 } as const;

/** A command that failed, with the sentence for its user; `main.ts` prints it and exits. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The text of a file that a command line names; `shown` is what the message calls it. */
export function textOf(file: string, shown: string = file): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { why, fix } = whyUnreadable(error);
    throw new CommandError(`${shown}: the file cannot be read: ${why} (fix: ${fix})`);
  }
}

/** A command that takes options alone: `fix` says what was meant by the first word that is none. */
export function takesNoWords(command: Command, fix: (word: string) => string): Command {
  return command.allowExcessArguments().hook('preAction', (_, { args: [word] }) => {
    if (word === undefined) return;
    throw new CommandError(`${JSON.stringify(word)} is a word too many (fix: ${fix(word)})`, EXIT.usage);
  });
}

/** What stands below a command's options in its help: whole lines that can be copied. */
export const helpExamples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  remediad ${line}`).join('\n')}`;
