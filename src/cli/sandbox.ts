import { once } from 'node:events';
import { listenAsSandbox, SandboxStartError } from '../adapters/sandbox/listen.ts';
import { helpExamples, CommandError, EXIT, type AddCommand } from './command.ts';

export const addSandbox: AddCommand = (program, io) => {
  program
    .command('sandbox')
    .description('play a fleet on which nothing can go wrong for anybody, as a cluster behind a unix socket')
    .addHelpText('after', helpExamples('sandbox --socket /tmp/fleet.sock', 'sandbox --socket /tmp/fleet.sock --fleet fleet.yaml'))
    .requiredOption('--socket <path>', 'where it listens; `clusters: [{name: sandbox, sandbox: <path>}]` leads there')
    .option('--fleet <file>', 'what it is made of; default: a fleet of six')
    .action(async ({ socket, fleet }: { socket: string; fleet?: string }) => {
      const server = await listen(socket, fleet ?? null);
      io.out(`sandbox ready on ${socket}`);
      await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
      server.close();
      server.closeAllConnections();
    });
};

async function listen(socket: string, fleet: string | null) {
  try {
    return await listenAsSandbox(socket, fleet);
  } catch (error) {
    if (!(error instanceof SandboxStartError)) throw error;
    throw new CommandError(error.message, error.usage ? EXIT.usage : EXIT.failed);
  }
}
