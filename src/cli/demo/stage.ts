import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { findServer } from '../../adapters/redis/server-binary.ts';
import { CommandError } from '../command.ts';
import { findAlertmanager, startAlertmanager, type Alertmanager } from './alertmanager.ts';
import { startChild, type Child } from './child.ts';
import type { Fleet } from './fleet.ts';
import { startPager, type PagerMessage } from './pager.ts';

/** Everything that the story needs, running. */
export interface Stage {
  /** Where the daemon listens. */
  readonly url: string;
  readonly alertmanager: Alertmanager;
  readonly fleet: Fleet;
}

/** Nodes to choose. `start`: `keep` is told of each process, and `folder` may hold what they need. */
export interface FleetChoice {
  /** For the first line of the story. */
  readonly words: string;
  readonly start: (folder: string, keep: (child: Child) => Child, signal: AbortSignal) => Promise<Fleet>;
}

export interface StageOptions {
  /** What `needPrograms` found. */
  readonly alertmanager: string;
  readonly startFleet: FleetChoice['start'];
  readonly onMessage: (message: PagerMessage) => void;
  /** A process ended that should not have; told how. */
  readonly onLost: (how: string) => void;
  readonly signal: AbortSignal;
}

const root = resolve(import.meta.dirname, '../../..');
export const examples = join(root, 'examples/demo');
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
  const pager = stack.use(await startPager(onMessage));
  const [alertmanager, fleet] = await Promise.all([
    startAlertmanager(options.alertmanager, folder, keep, signal),
    options.startFleet(folder, keep, signal).then((started) => stack.use(started)),
  ]);
  const config = writeConfig(folder, { fleet, alertmanager: alertmanager.url, pager: pager.url, key: pager.key });
  const serve = ['serve', '--config.file', config, '--web.listen-address', '127.0.0.1:0', '--storage.path', join(folder, 'data')];
  const daemon = keep(startChild('remediad', process.execPath, [program('main'), ...serve, '--log.format', 'json', '--log.level', 'info']));
  const [, url = ''] = await daemon.line(/"url":"(http:[^"]+)".*"msg":"remediad is ready"/, signal);
  await alertmanager.reportTo(`${url}/api/v1/webhooks/alertmanager`, signal);
  for (const child of [...fleet.children, alertmanager.child, daemon]) void child.ended.then(onLost);
  return { url, alertmanager, fleet };
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
  readonly fleet: Fleet;
  readonly alertmanager: string;
  readonly pager: string;
  readonly key: string;
}

/** The file of examples/demo with the addresses of this demo; answers its path. */
function writeConfig(folder: string, { fleet, alertmanager, pager, key }: Addresses): string {
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
      clusters: [{ name: 'demo', ...fleet.cluster }],
      alertmanager: { ...file.alertmanager, url: alertmanager },
      receivers: [{ name: 'pager', type: 'webhook', url: pager, secret_file: 'pager.key' }],
      rule_files: file.rule_files.map((one) => writeRules(folder, resolve(examples, one), fleet.minAge)),
      remediation_files: file.remediation_files.map((one) => resolve(examples, one)),
    }),
  );
  return path;
}

/** The file itself, or a copy of it whose guards are content with younger pods. */
function writeRules(folder: string, file: string, minAge: string | null): string {
  if (minAge === null) return file;
  const { rules } = parse(readFileSync(file, 'utf8')) as { rules: { guards: object }[] };
  const path = join(folder, basename(file));
  writeFileSync(path, stringify({ rules: rules.map((rule) => ({ ...rule, guards: { ...rule.guards, min_age: minAge } })) }));
  return path;
}
