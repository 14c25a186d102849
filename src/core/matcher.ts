import { quote, unquote } from './matcher/quote.ts';
import { MatcherError, Tokens, type Token } from './matcher/token.ts';
import { compileRegexp, literalsOf, type RegexpError } from './regexp.ts';

export { MatcherError } from './matcher/token.ts';

export type MatcherOp = '=' | '!=' | '=~' | '!~';

/** What one label must or must not be. A label that is missing counts as the empty string. */
export interface Matcher {
  readonly name: string;
  readonly op: MatcherOp;
  readonly value: string;
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
}

/** Throws `RegexpError` if `value` is no RE2 pattern where `op` needs one. */
export function createMatcher(name: string, op: MatcherOp, value: string): Matcher {
  const test = valueTest(op, value);
  // hasOwn: a label set may be a plain object, where `constructor` is no label.
  return { name, op, value, matches: (labels) => test(Object.hasOwn(labels, name) ? (labels[name] as string) : '') };
}

function valueTest(op: MatcherOp, value: string): (text: string) => boolean {
  switch (op) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
      return spanTest(value);
    case '!~': {
      const spans = spanTest(value);
      return (text) => !spans(text);
    }
  }
}

function spanTest(pattern: string): (text: string) => boolean {
  const literals = literalsOf(pattern);
  return literals === null ? compileRegexp(pattern).spans : (text) => literals.has(text);
}

/** As Alertmanager prints it; `parseMatchers` reads it back. */
export function formatMatcher(matcher: Pick<Matcher, 'name' | 'op' | 'value'>): string {
  const plain = /^[^\p{White_Space}{}!=~,\\"'`]+$/u.test(matcher.name);
  return `${plain ? matcher.name : quote(matcher.name)}${matcher.op}${quote(matcher.value)}`;
}

/** Exactly one matcher, in Alertmanager's UTF-8 grammar. Throws `MatcherError`. */
export function parseMatcher(text: string): Matcher {
  const matchers = parseMatchers(text);
  const [first] = matchers;
  if (first === undefined) throw new MatcherError('no matchers');
  if (matchers.length > 1) throw new MatcherError(`expected 1 matcher, found ${matchers.length}`);
  return first;
}

/** A list like `{a="b", c=~"d.*"}`, braces and last comma optional. Throws `MatcherError`, worded `start:end: what: what was expected`. */
export function parseMatchers(text: string): Matcher[] {
  const tokens = new Tokens(text);
  const matchers: Matcher[] = [];
  const braced = tokens.peek().kind === 'open';
  if (braced) tokens.next();
  while (!isLast(tokens.peek())) {
    matchers.push(readMatcher(tokens));
    const after = peekAs(tokens, ['comma', 'close', 'end'], 'expected a comma or close brace');
    if (after.kind !== 'comma') break;
    tokens.next();
    peekAs(tokens, ['close', 'quoted', 'unquoted', 'end'], 'expected a matcher or close brace after comma');
  }
  readEnd(tokens, braced);
  return matchers;
}

const isLast = (token: Token): boolean => token.kind === 'close' || token.kind === 'end';

function readMatcher(tokens: Tokens): Matcher {
  const name = readText(tokens, 'expected label name').text;
  const op = readAs(tokens, ['operator'], "expected an operator such as '=', '!=', '=~' or '!~'").text as MatcherOp;
  const { text, token } = readText(tokens, 'expected label value');
  try {
    return createMatcher(name, op, text);
  } catch (error) {
    throw new MatcherError(`${token.start}:${token.end}: ${token.text}: ${(error as RegexpError).message}`, { cause: error });
  }
}

function readText(tokens: Tokens, expected: string): { readonly text: string; readonly token: Token } {
  const token = readAs(tokens, ['quoted', 'unquoted'], expected);
  const text = token.kind === 'quoted' ? unquote(token.text) : token.text;
  if (text === null) throw new MatcherError(`${token.start}:${token.end}: ${token.text}: invalid input`);
  return { text, token };
}

function readEnd(tokens: Tokens, braced: boolean): void {
  const last = tokens.next();
  if (braced && last.kind === 'end') throw new MatcherError(`0:${last.end}: end of input: expected close brace`);
  if (!braced && last.kind === 'close') throw new MatcherError(`0:${last.end}: }: expected opening brace`);
  const end = braced ? tokens.next() : last;
  if (end.kind !== 'end') throw new MatcherError(`${end.start}:${end.end}: ${end.text}: expected end of input`);
}

function readAs(tokens: Tokens, kinds: readonly Token['kind'][], expected: string): Token {
  peekAs(tokens, kinds, expected);
  return tokens.next();
}

function peekAs(tokens: Tokens, kinds: readonly Token['kind'][], expected: string): Token {
  const token = tokens.peek(expected);
  if (kinds.includes(token.kind)) return token;
  if (token.kind === 'end') throw new MatcherError(`end of input: ${expected}`);
  throw new MatcherError(`${token.start}:${token.end}: unexpected ${token.text}: ${expected}`);
}
