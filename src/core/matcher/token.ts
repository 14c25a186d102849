/** Tokens of a matcher list. Columns count code points from 0; `end` lies behind the last one. */
export interface Token {
  readonly kind: 'open' | 'close' | 'comma' | 'operator' | 'quoted' | 'unquoted' | 'end';
  /** As written, quotes included. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

const reserved = new Set('{}!=~,\\"\'`');
const space = /^\p{White_Space}$/u;
const single = { '{': 'open', '}': 'close', ',': 'comma' } as const;

/** Reads one token at a time, so that an earlier error of the grammar is told before a later one of the letters. */
export class Tokens {
  readonly #points: readonly string[];
  #at = 0;
  #peeked: Token | null = null;

  constructor(input: string) {
    this.#points = Array.from(input);
  }

  /** `expected`: what the grammar wants here, said behind an error of the letters. */
  peek(expected?: string): Token {
    this.#peeked ??= this.#read(expected === undefined ? '' : `: ${expected}`);
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = null;
    return token;
  }

  #read(wanted: string): Token {
    while (space.test(this.#point())) this.#at += 1;
    const start = this.#at;
    const point = this.#point();
    if (point === '') return this.#token('end', start);
    if (point === '{' || point === '}' || point === ',') return this.#take(single[point], start, 1);
    if (point === '=') return this.#take('operator', start, this.#point(1) === '~' ? 2 : 1);
    if (point === '!') return this.#negation(start, wanted);
    if (point === '"') return this.#quoted(start, wanted);
    if (reserved.has(point)) throw new MatcherError(`${start}:${start + 1}: ${point}: invalid input${wanted}`);
    while (this.#point() !== '' && !reserved.has(this.#point()) && !space.test(this.#point())) this.#at += 1;
    return this.#token('unquoted', start);
  }

  #negation(start: number, wanted: string): Token {
    const second = this.#point(1);
    if (second === '=' || second === '~') return this.#take('operator', start, 2);
    const found = second === '' ? 'unexpected end of input, ' : '!: ';
    throw new MatcherError(`${start}:${start + 1}: ${found}expected one of '=~'${wanted}`);
  }

  #quoted(start: number, wanted: string): Token {
    this.#at += 1;
    while (this.#point() !== '"') {
      if (this.#point() === '') throw new MatcherError(`${start}:${this.#at}: ${this.#text(start)}: missing end "${wanted}`);
      this.#at = Math.min(this.#at + (this.#point() === '\\' ? 2 : 1), this.#points.length);
    }
    return this.#take('quoted', start, 1);
  }

  #point(ahead = 0): string {
    return this.#points[this.#at + ahead] ?? '';
  }

  #text(start: number): string {
    return this.#points.slice(start, this.#at).join('');
  }

  #take(kind: Token['kind'], start: number, count: number): Token {
    this.#at += count;
    return this.#token(kind, start);
  }

  #token(kind: Token['kind'], start: number): Token {
    return { kind, text: this.#text(start), start, end: this.#at };
  }
}
