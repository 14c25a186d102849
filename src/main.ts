import { runProgram } from './cli/program.ts';

/** Entry of the process: the command line, and the exit code. */
process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  tty: process.stdout.isTTY,
  env: process.env,
});
