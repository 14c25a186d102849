import { readUnlessKnown, type KnownFiles } from './known-files.ts';
import { compileSet, type Loaded, type LoadOptions } from './load.ts';
import { hashOfSet, readSet, type SourceSet } from './source-set.ts';

/** How often a set is read in search of two that are equal. */
const TRIES = 5;

/** A set as it was read, and its content hash. */
export interface Snapshot {
  readonly set: SourceSet;
  readonly hash: string;
}

/** Where the configuration comes from, read as often as somebody likes: what has not changed is not read anew. */
export class ConfigSource {
  readonly #options: LoadOptions;
  readonly #now: () => number;
  #known: KnownFiles = new Map();

  /** `now` is the wall clock, ms. */
  constructor(options: LoadOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** What stands there at this moment; files that change meanwhile may be of two sets. */
  look(): Snapshot {
    // What is not asked for any more is forgotten.
    const read = new Map<string, ReturnType<typeof readUnlessKnown>>();
    const set = readSet(this.#options, (path, shown) => {
      const file = readUnlessKnown(path, shown, this.#known.get(path), this.#now());
      read.set(path, file);
      return file.text;
    });
    this.#known = read;
    return { set, hash: hashOfSet(set) };
  }

  /** The same read twice without a difference, so that it is one set and no mixture; of files that do not come to rest, the last reading. */
  read(): Snapshot {
    let last = this.look();
    for (let tries = 1; tries < TRIES; tries += 1) {
      const next = this.look();
      if (next.hash === last.hash) return next;
      last = next;
    }
    return last;
  }

  /** `dryRun`: it observes whatever the set says, unless a flag says otherwise. */
  compile({ set }: Pick<Snapshot, 'set'>, dryRun = false): Loaded {
    return compileSet(set, this.#options, dryRun);
  }
}
