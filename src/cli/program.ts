import { Command, CommanderError } from 'commander';
import { addPause, addResume } from './brakes.ts';
import { addCheck } from './check.ts';
import { addCompletion } from './completion.ts';
import { CommandError, EXIT, type AddCommand, type Io } from './command.ts';
import { addDemo } from './demo.ts';
import { addExplain } from './explain.ts';
import { addRules } from './rules.ts';
import { addRun } from './run.ts';
import { addRuns } from './runs.ts';
import { addSchema } from './schema.ts';
import { addServe } from './serve.ts';
import { addSandbox } from './sandbox.ts';
import { addStatus } from './status.ts';
import { addTest } from './test.ts';
import { harmless } from './table.ts';
import { addVersion } from './version.ts';
import { addWhy } from './why.ts';
import { addWindows } from './windows.ts';

/** In the order of `--help`. */
const commands: readonly AddCommand[] = [
  addServe,
  addCheck,
  addTest,
  addRules,
  addWindows,
  addSchema,
  addExplain,
  addRun,
  addRuns,
  addWhy,
  addStatus,
  addPause,
  addResume,
  addDemo,
  addSandbox,
  addCompletion,
  addVersion,
];

/** Runs one command line; answers the exit code: 0 ok, 1 failed, 2 usage, 3 lint. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  const program = new Command('remediad')
    .description('Alertmanager fires; remediad fixes it, proves that it is fixed, or wakes a human with the evidence.')
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(harmless(text.replace(/^error: /, 'remediad: '))),
    })
    .exitOverride();
  let exitCode: number = EXIT.ok;
  for (const add of commands) add(program, io, (code) => (exitCode = code));
  pointToHelp(program, 'remediad');
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandError)) throw error;
    io.err(`remediad: ${harmless(error.message)}`);
    return error.exitCode;
  }
}

/** Who gets a command wrong is shown the way to the help of that command. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(${path} --help shows what there is)`);
  for (const below of command.commands) pointToHelp(below, `${path} ${below.name()}`);
}
