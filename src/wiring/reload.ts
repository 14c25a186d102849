import { systemClock } from '../adapters/system/clock.ts';
import { fault } from '../config/files.ts';
import type { ConfigSource, Snapshot } from '../config/config-source.ts';
import type { Config } from '../config/config.ts';
import type { Loaded } from '../config/load.ts';
import { formatProblem } from '../config/report.ts';
import type { Log } from '../core/ports.ts';
import { quietLog } from '../core/quiet.ts';
import { needRestart, type Current, type Keep } from './in-force.ts';
import { keepOf } from './keep.ts';

export interface ReloadDeps {
  readonly source: ConfigSource;
  /** What the daemon started with. */
  readonly started: { readonly snapshot: Snapshot; readonly config: Config };
  readonly current: Current;
  readonly log: Log;
}

/** Files that do not come to rest are told of after so many looks, and then every ten minutes. */
const RESTLESS_LOOKS = 30;
const RESTLESS_TOLD_MS = 600_000;

/** No look takes more than this part of the time. */
const LOOK_SHARE = 1 / 50;

/**
 * Puts in force what the files say: when it is asked to, and by itself when they changed and came to rest. Nothing is compiled twice: a set is
 * known by its content hash.
 */
export class Reloader {
  readonly #deps: ReloadDeps;
  /** Of the files that are in force. */
  #inForce: Snapshot;
  /** Hash of the set that was answered for last, taken or refused. */
  #answered: string;
  /** Hash at the last look, and how many looks in a row found another one. */
  #seen: string;
  #restless = 0;
  #nextLookAt = 0;
  #compiled: { readonly hash: string; readonly loaded: Loaded } | null = null;
  #working: Promise<void> = Promise.resolve();
  readonly #quiet: ReturnType<typeof quietLog>;

  constructor(deps: ReloadDeps) {
    this.#deps = deps;
    const { snapshot } = deps.started;
    this.#inForce = snapshot;
    this.#answered = snapshot.hash;
    this.#seen = snapshot.hash;
    this.#quiet = quietLog(deps.log, systemClock, RESTLESS_TOLD_MS);
  }

  /** Asked for by a human: throws with the text for the operator when the set is refused, and the old one stays. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload());
  }

  /** Asked for by time. Never throws for what stands in the files: it is told once for each set. */
  look(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined);
    return done;
  }

  async #reload(): Promise<void> {
    const { source, current, log } = this.#deps;
    const snapshot = source.read();
    if (snapshot.hash === this.#inForce.hash && current.problem === null) {
      log.info({ hash: current.config.hash }, 'configuration unchanged');
      return;
    }
    this.#compiled = null;
    await this.#take(snapshot, 'reload');
  }

  async #look(): Promise<void> {
    const { source, current, log } = this.#deps;
    const began = systemClock.monotonic();
    if (!current.config.watch || began < this.#nextLookAt) return;
    const snapshot = source.look();
    this.#nextLookAt = systemClock.monotonic() + (systemClock.monotonic() - began) / LOOK_SHARE;
    if (!this.#isAtRest(snapshot) || snapshot.hash === this.#answered) return;
    await this.#take(snapshot, 'watch', lostPatterns(this.#inForce, snapshot)).catch((error: unknown) => {
      log.error(whyNotReloaded(error), NOT_RELOADED);
    });
  }

  #isAtRest({ hash }: Snapshot): boolean {
    const same = hash === this.#seen;
    this.#seen = hash;
    this.#restless = same ? 0 : this.#restless + 1;
    if (this.#restless >= RESTLESS_LOOKS) {
      this.#quiet.warn(
        'restless',
        { looks: this.#restless },
        'the configuration files do not come to rest: they are not reloaded until then',
      );
    }
    return same;
  }

  /** Throws when the set is refused, or could not be stored: then it is tried again at the next look. */
  async #take(snapshot: Snapshot, why: Keep['why'], lost: readonly string[] = []): Promise<void> {
    const { config, problems } = this.#compile(snapshot);
    const faults = [...problems.map(formatProblem), ...lost];
    if (config === null || faults.length > 0) {
      this.#answered = snapshot.hash;
      return this.#refuse(faults.join('\n'));
    }
    try {
      await this.#put(config, snapshot, why);
    } catch (error) {
      return this.#refuse((error as Error).message);
    }
    this.#inForce = snapshot;
    this.#answered = snapshot.hash;
    this.#compiled = null;
  }

  async #put(config: Config, { set }: Snapshot, why: Keep['why']): Promise<void> {
    const { current, log, started } = this.#deps;
    const before = current.config;
    if (config.hash === before.hash && current.fallback === null) {
      current.confirm();
      log.info({ hash: config.hash }, 'configuration unchanged');
      return;
    }
    await current.put(config, keepOf(set, why, log));
    log.info(
      { before: before.hash, hash: config.hash, rulesBefore: before.rules.length, rules: config.rules.length },
      'configuration reloaded',
    );
    const waiting = needRestart(started.config, config);
    if (waiting.length > 0) log.warn({ sections: waiting }, 'these changed too and count after a restart');
  }

  #refuse(text: string): never {
    this.#deps.current.refuse(text);
    throw new ConfigRefused(text);
  }

  #compile(snapshot: Snapshot): Loaded {
    const loaded = this.#compiled?.hash === snapshot.hash ? this.#compiled.loaded : this.#deps.source.compile(snapshot);
    this.#compiled = { hash: snapshot.hash, loaded };
    return loaded;
  }
}

/** What is wrong with a set, as the text for its author. */
class ConfigRefused extends Error {}

export const NOT_RELOADED = 'configuration not reloaded, the old one stays';

/** The fields of that log line: who wrote the files has no use for a stack of ours. */
export function whyNotReloaded(error: unknown): { readonly error: string } | { readonly err: unknown } {
  return error instanceof ConfigRefused ? { error: error.message } : { err: error };
}

/**
 * A folder that is not there for the moment, a volume that is not mounted, looks like one from which every file was taken: rules would be gone,
 * and alerts lost, without anybody having said so. Only a human who reloads says so.
 */
function lostPatterns(before: Snapshot, now: Snapshot): string[] {
  const fix = 'bring them back, or, if they are gone for good, send SIGHUP or POST /-/reload';
  return (['rules', 'remediations'] as const).flatMap((kind) => {
    const had = new Set(before.set.patterns[kind].filter(({ found }) => found).map(({ pattern }) => pattern));
    const lost = now.set.patterns[kind].filter(({ pattern, found }) => !found && had.has(pattern));
    return lost.map(({ pattern }) =>
      formatProblem(fault('', 'no-files', `no file matches ${JSON.stringify(pattern)} any more: the ${kind} of before stay`, fix)),
    );
  });
}
