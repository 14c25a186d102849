import { readFileSync } from 'node:fs';
import { createLog } from '../adapters/telemetry/log.ts';
import { failPointsFrom } from '../adapters/system/fail-points.ts';
import type { ProcessConfig } from '../config/config.ts';
import { formatProblem } from '../config/report.ts';
import { secretFilesOf } from '../core/receivers.ts';
import { defaultTiming, type Timing } from '../core/timing.ts';
import { startDaemon, type Daemon } from '../wiring.ts';
import { NOT_RELOADED, whyNotReloaded } from '../wiring/reload.ts';
import { helpExamples, CommandError, type AddCommand, type Io } from './command.ts';
import { flagsOf, sourceOf, takesConfiguration } from './configuration.ts';
import { ownVersion } from './version.ts';

/** What a shutdown waits for running calls; longer than one call may take. */
const GRACE_MS = 12_000;

export const addServe: AddCommand = (program, io) => {
  takesConfiguration(
    program
      .command('serve')
      .description('run the daemon')
      .addHelpText(
        'after',
        helpExamples('serve --config.file=remediad.yaml --storage.path=/var/lib/remediad', 'serve --config.file=remediad.yaml --dry-run'),
      ),
  ).action(async (options: Record<string, unknown>) => {
    const source = sourceOf(flagsOf(options), io);
    const snapshot = source.read();
    const loaded = source.compile(snapshot);
    const { process: own, problems } = loaded;
    if (own === null) throw new CommandError(problems.map(formatProblem).join('\n'));
    let inForce = (): ProcessConfig => own;
    const log = createLog({ ...own.log, secrets: () => secretsOf(inForce()), write: (line) => void process.stderr.write(line) });
    const started = performance.now();
    const daemon = await startOrTell(() =>
      startDaemon({ loaded, source, snapshot, version: ownVersion(), log, timing: timingFrom(io.env), failPoint: failPointsFrom(io.env) }),
    );
    inForce = () => daemon.config;
    const { config } = daemon;
    log.info(
      {
        url: daemon.url,
        rules: config.rules.length,
        clusters: config.clusters.length,
        dryRun: config.dryRun,
        ms: Math.round(performance.now() - started),
      },
      'remediad is ready',
    );
    if (config.rules.length === 0) log.warn({}, 'there is no rule: every alert is refused as not-matched');
    if (config.clusters.length === 0) log.warn({}, 'no cluster is configured: every target is unknown');
    await untilToldToStop(daemon, (error) => log.error(whyNotReloaded(error), NOT_RELOADED));
    log.info({}, 'remediad ends');
    await daemon.stop(GRACE_MS);
  });
};

async function startOrTell(start: () => Promise<Daemon>): Promise<Daemon> {
  try {
    return await start();
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** SIGTERM and SIGINT end it in order, a second one at once; SIGHUP reloads. */
function untilToldToStop(daemon: Daemon, notReloaded: (error: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const stop = (): void => {
      if (told) process.exit(1);
      told = true;
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    process.on('SIGHUP', () => void daemon.reload().catch(notReloaded));
  });
}

/** Contents of secret files, so that no log line shows one whatever it came in by. */
function secretsOf(config: ProcessConfig): string[] {
  const files = [
    config.web.bearerTokenFile,
    config.redis?.passwordFile ?? null,
    config.prometheus?.bearerTokenFile ?? null,
    config.alertmanager?.bearerTokenFile ?? null,
    ...config.receivers.flatMap(secretFilesOf),
  ];
  return files.flatMap((file) => (file === null ? [] : readLines(file)));
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Tests shorten the machinery's times; nobody else may. */
function timingFrom(env: Io['env']): Timing {
  const text = env['REMEDIAD_TIMING'];
  if (text === undefined) return defaultTiming;
  if (env['REMEDIAD_TEST'] !== '1') throw new CommandError('REMEDIAD_TIMING is set: that is for tests, and needs REMEDIAD_TEST=1');
  return { ...defaultTiming, ...(JSON.parse(text) as Partial<Timing>) };
}
