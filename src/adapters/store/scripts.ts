import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Timing } from '../../core/timing.ts';
import { RUN_SCHEMA } from '../../core/run.ts';
import { answered } from './store-error.ts';

/** Bounds that are no times. `auditMs` and `freshHoldMs` are two, but nothing else in the machinery depends on them. */
export interface Limits {
  /** Audit records kept, about. */
  readonly auditEntries: number;
  readonly auditMs: number;
  /** How long nothing is begun on a store that is new or was failed over; 0 = it may be. */
  readonly freshHoldMs: number;
}

export const defaultLimits: Limits = { auditEntries: 500_000, auditMs: 2_592_000_000, freshHoldMs: 0 };

const limits = {
  /** Claims without a commit after which a run is ended. */
  claims: 10,
  runSchema: RUN_SCHEMA,
  /** How long the release of a lock makes older facts stale: longer than facts may live. */
  releaseMs: 60_000,
  /** Runs that did not help, kept for each subject. */
  ineffective: 20,
  /** Ended runs dropped from the list in one sweep. */
  forget: 50,
  /** Distance of the runs that a lifted brake wakes. */
  paceMs: 100,
  pagePushMs: 60_000,
  /** A human's snooze ends by itself after this at the latest. */
  snoozeMs: 86_400_000,
  /** Messages looked at to find one that may go out. */
  deliveries: 100,
  /** Configurations kept. */
  sets: 5,
  /** Members given to one command. */
  batch: 500,
  /** Alerts remembered that no rule takes. */
  unmatched: 2_000,
  /** Episodes looked at in one page. */
  scan: 100,
};

/** Name of a script → its text. Libraries (`--- uses a b`) stand before it. */
export type ScriptTexts = ReadonlyMap<string, string>;

const FOLDER = new URL('./scripts/', import.meta.url);

/** Reads the scripts from disk: from `src` as from `dist`, whose build copies them. */
export function readScripts(): ScriptTexts {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.lua'));
  return new Map(files.map((file) => [file.slice(0, -'.lua'.length), readFileSync(new URL(file, FOLDER), 'utf8')]));
}

export type RunScript = (name: string, request: object, texts?: readonly string[]) => Promise<unknown>;

/**
 * Runs scripts by name. The request is JSON without nulls; `texts` are documents that no script opens, in the request by their index in
 * ARGV (see `TextList`). All keys begin with `tag`.
 */
export function scriptRunner(redis: Redis, tag: string, timing: Timing, bounds: Limits, sources: ScriptTexts): RunScript {
  const constants = `local T = ${table(timing)}\nlocal L = ${table({ ...limits, ...bounds })}\n`;
  const scripts = new Map([...sources.keys()].map((name) => [name, compose(name, constants, sources)]));
  return (name, request, texts = []) => {
    const script = scripts.get(name);
    if (script === undefined) throw new RangeError(`no script ${name}`);
    const args = [tag, JSON.stringify(request, withoutNulls), ...texts];
    return answered(evaluate(redis, script, args));
  };
}

interface Script {
  readonly source: string;
  readonly sha: string;
}

async function evaluate(redis: Redis, script: Script, args: readonly string[]): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, 1, ...args);
  } catch (error) {
    // A server that was restarted, or took over, does not know the script yet.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(script.source, 1, ...args);
  }
}

function compose(name: string, constants: string, sources: ScriptTexts): Script {
  const body = sources.get(name) ?? '';
  const uses = /^--- uses (?<names>.*)$/m.exec(body)?.groups?.['names']?.split(' ') ?? [];
  const libraries = uses.map((library) => {
    const source = sources.get(library);
    if (source === undefined) throw new Error(`script ${name} uses ${library}, which does not exist`);
    return source;
  });
  const source = [constants, ...libraries, body].join('\n');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** A Lua table of numbers. */
function table(numbers: object): string {
  return `{ ${Object.entries(numbers)
    .map(([name, value]) => `${name} = ${String(value)}`)
    .join(', ')} }`;
}

function withoutNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

/** Collects texts and tells each one's index in ARGV. */
export class TextList {
  readonly texts: string[] = [];
  readonly #shared = new Map<object, number>();

  add(text: string): number {
    return this.texts.push(text) + 1;
  }

  json(value: unknown): number {
    return this.add(JSON.stringify(value));
  }

  /** The same object is sent once. */
  shared(value: object): number {
    const known = this.#shared.get(value) ?? this.json(value);
    this.#shared.set(value, known);
    return known;
  }
}
