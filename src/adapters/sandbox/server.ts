import { parseArgs } from 'node:util';
import { listenAsSandbox, SandboxStartError } from './listen.ts';

/** The sandbox fleet as a process that loads nothing else, so that it is there at once: `node server.ts --socket PATH [--fleet FILE]`. */
const { values } = parseArgs({ options: { socket: { type: 'string' }, fleet: { type: 'string' } } });

try {
  if (values.socket === undefined) throw new SandboxStartError('--socket PATH is missing', true);
  const server = await listenAsSandbox(values.socket, values.fleet ?? null);
  process.stdout.write(`sandbox ready on ${values.socket}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
} catch (error) {
  if (!(error instanceof SandboxStartError)) throw error;
  process.stderr.write(`sandbox: ${error.message}\n`);
  process.exitCode = error.usage ? 2 : 1;
}
