// Stands for a node of the demo: answers /health, keeps its peers in a file, and looks for new ones on SIGUSR1.
// NODE_HOME: where its state is, which goes with the pod. NODE_PORT: of /health.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const home = process.env.NODE_HOME ?? '/tmp/node';
const usual = 8;
let signals = 0;

/** Peers and signals, as archivechain-cli prints them. No more peers than `limit` says, where the demo has set one. */
function tell() {
  const limit = join(home, 'limit');
  const count = existsSync(limit) ? Number(readFileSync(limit, 'utf8')) : usual;
  write('peers.json', JSON.stringify(Array.from({ length: count }, (_, index) => `peer-${index}`)));
  write('signals', `${signals}`);
}

function write(name, text) {
  writeFileSync(join(home, `${name}.new`), text);
  renameSync(join(home, `${name}.new`), join(home, name));
}

mkdirSync(home, { recursive: true });
tell();
process.on('SIGUSR1', () => {
  signals += 1;
  tell();
});
process.on('SIGTERM', () => process.exit(0));
createServer((_request, answer) => {
  const unhealthy = existsSync(join(home, 'unhealthy'));
  answer.writeHead(unhealthy ? 503 : 200).end(unhealthy ? 'unhealthy\n' : 'healthy\n');
}).listen(Number(process.env.NODE_PORT ?? 9999), () => console.log('node starts'));
