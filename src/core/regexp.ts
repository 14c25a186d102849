import { RE2JS } from 're2js';

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

export function compileRegexp(pattern: string): Regexp {
  if (pattern.length > maxLength) throw new RegexpError(`error parsing regexp: longer than ${maxLength} characters`);
  try {
    // On its own first: a pattern like `a)|(?:b` would compile inside the anchoring group alone.
    const anywhere = RE2JS.compile(pattern);
    const whole = RE2JS.compile(`^(?:${pattern})$`);
    return { finds: (text) => anywhere.test(text), spans: (text) => whole.test(text) };
  } catch (error) {
    throw new RegexpError((error as Error).message, { cause: error });
  }
}
