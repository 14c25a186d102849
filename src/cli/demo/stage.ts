import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { findServer } from '../../adapters/redis/server-binary.ts';
import { SandboxAdmin } from '../../adapters/sandbox/admin-client.ts';
import { CommandError } from '../command.ts';
import { findAlertmanager, startAlertmanager, type Alertmanager } from './alertmanager.ts';
import { startChild, type Child } from './child.ts';
import { startPager, type PagerMessage } from './pager.ts';

/** Everything that the story needs, running. */
export interface Stage {
  /** Where the daemon listens. */
  readonly url: string;
  readonly alertmanager: Alertmanager;
  readonly fleet: SandboxAdmin;
  readonly socket: string;
}

export interface StageOptions {
  /** What `needPrograms` found. */
  readonly alertmanager: string;
  readonly onMessage: (message: PagerMessage) => void;
  /** A process ended that should not have; told how. */
  readonly onLost: (how: string) => void;
  readonly signal: AbortSignal;
}

const root = resolve(import.meta.dirname, '../../..');
const examples = join(root, 'examples/demo');
/** The sources in a checkout, what was built of them in a package. */
const program = (path: string): string => join(import.meta.dirname, '../..', `${path}${extname(import.meta.filename)}`);

/** An orderly shutdown of the daemon waits this long for its calls, and then some. */
const GRACE_MS = 15_000;

/** Whatever was started is ended with `stack`, the last first. Throws one sentence when something cannot start. */
export async function openStage(stack: AsyncDisposableStack, options: StageOptions): Promise<Stage> {
  const { onMessage, onLost, signal } = options;
  const folder = openFolder(stack);
  const keep = (child: Child): Child => {
    stack.defer(() => child.stop(GRACE_MS));
    return child;
  };
  const socket = join(folder, 'fleet.sock');
  const sandbox = [program('adapters/sandbox/server'), '--socket', socket, '--fleet', join(examples, 'fleet.yaml')];
  const fleet = keep(startChild('the sandbox fleet', process.execPath, sandbox));
  const pager = stack.use(await startPager(onMessage));
  const [alertmanager] = await Promise.all([
    startAlertmanager(options.alertmanager, folder, keep, signal),
    fleet.line(/^sandbox ready/, signal),
  ]);
  const config = writeConfig(folder, { socket, alertmanager: alertmanager.url, pager: pager.url, key: pager.key });
  const serve = ['serve', '--config.file', config, '--web.listen-address', '127.0.0.1:0', '--storage.path', join(folder, 'data')];
  const daemon = keep(startChild('remediad', process.execPath, [program('main'), ...serve, '--log.format', 'json', '--log.level', 'info']));
  const [, url = ''] = await daemon.line(/"url":"(http:[^"]+)".*"msg":"remediad is ready"/, signal);
  await alertmanager.reportTo(`${url}/api/v1/webhooks/alertmanager`, signal);
  for (const child of [fleet, alertmanager.child, daemon]) void child.ended.then(onLost);
  return { url, alertmanager, fleet: stack.use(new SandboxAdmin(socket)), socket };
}

/** The path of Alertmanager. Throws one sentence that names the fix when one of the programs is missing that the demo cannot bring itself. */
export function needPrograms(): string {
  const alertmanager = findAlertmanager();
  try {
    findServer();
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  return alertmanager;
}

function openFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'remediad-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  stack.defer(() => {
    process.off('exit', remove);
    remove();
  });
  return folder;
}

interface Addresses {
  readonly socket: string;
  readonly alertmanager: string;
  readonly pager: string;
  readonly key: string;
}

/** The file of examples/demo with the addresses of this demo; answers its path. */
function writeConfig(folder: string, { socket, alertmanager, pager, key }: Addresses): string {
  const file = parse(readFileSync(join(examples, 'remediad.yaml'), 'utf8')) as {
    alertmanager: object;
    rule_files: string[];
    remediation_files: string[];
  };
  const path = join(folder, 'remediad.yaml');
  writeFileSync(join(folder, 'pager.key'), key, { mode: 0o600 });
  writeFileSync(
    path,
    stringify({
      ...file,
      clusters: [{ name: 'demo', sandbox: socket }],
      alertmanager: { ...file.alertmanager, url: alertmanager },
      receivers: [{ name: 'pager', type: 'webhook', url: pager, secret_file: 'pager.key' }],
      rule_files: file.rule_files.map((one) => resolve(examples, one)),
      remediation_files: file.remediation_files.map((one) => resolve(examples, one)),
    }),
  );
  return path;
}
