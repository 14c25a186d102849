import { RE2JS } from 're2js';
import { remember } from './remember.ts';

/** RE2: linear in the text whatever the pattern, without look-around and backreferences. A dot does not match a newline. */
export interface Regexp {
  /** Some part of the text matches. */
  readonly finds: (text: string) => boolean;
  /** The whole text matches. */
  readonly spans: (text: string) => boolean;
}

export class RegexpError extends Error {
  override readonly name = 'RegexpError';
}

/** Longer patterns are not written by hand; compiling is the one step whose cost the text does not bound. */
const maxLength = 4096;

/** The same patterns come again with every reload, and those of thousands of rules are often the same. */
const kept = 10_000;

/** Throws `RegexpError`. */
export const compileRegexp: (pattern: string) => Regexp = remember(kept, (pattern) => {
  if (pattern.length > maxLength) throw new RegexpError(`error parsing regexp: longer than ${maxLength} characters`);
  try {
    const compiled = RE2JS.compile(pattern);
    return { finds: (text) => compiled.test(text), spans: (text) => compiled.testExact(text) };
  } catch (error) {
    throw new RegexpError((error as Error).message, { cause: error });
  }
});

/** The texts that the pattern spans, where it is nothing but these written out: `a|b`. null = it is more than that. */
export function literalsOf(pattern: string): ReadonlySet<string> | null {
  return pattern.length <= maxLength && /^[\w-]+(?:\|[\w-]+)*$/.test(pattern) ? new Set(pattern.split('|')) : null;
}
