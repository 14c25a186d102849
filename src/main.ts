import { runProgram } from './cli/program.ts';

/** Whoever reads us may go away, as `head` does: what is left to say is dropped, and the command still ends as it would have. */
function onUnwritable(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`remediad: cannot write the output: ${error.message}\n`);
  process.exit(1);
}

process.stdout.on('error', onUnwritable);
// A log that nobody takes is no reason to leave the fleet alone.
process.stderr.on('error', () => {});

/** Entry of the process: the command line, and the exit code. */
process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  tty: process.stdout.isTTY,
  env: process.env,
});
