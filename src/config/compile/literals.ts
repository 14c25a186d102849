/** Longer lists are not worth looking at one by one. */
const most = 256;

/**
 * Every text that an RE2 pattern spans, where it is made of plain text, `|` and groups alone: `a(b|c)` → `ab`, `ac`. null = of anything else
 * too, or of too many.
 */
export function literalsOf(pattern: string): readonly string[] | null {
  const reader = new Reader(pattern);
  const texts = reader.alternatives();
  return texts === null || !reader.isAtEnd() ? null : [...new Set(texts)];
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  alternatives(): string[] | null {
    const found: string[] = [];
    for (;;) {
      const texts = this.#sequence();
      if (texts === null) return null;
      found.push(...texts);
      if (found.length > most) return null;
      if (this.#text[this.#at] !== '|') return found;
      this.#at += 1;
    }
  }

  #sequence(): string[] | null {
    let texts = [''];
    while (!this.isAtEnd() && !'|)'.includes(this.#text[this.#at] ?? '')) {
      const parts = this.#text[this.#at] === '(' ? this.#group() : this.#character();
      if (parts === null || texts.length * parts.length > most) return null;
      texts = texts.flatMap((text) => parts.map((part) => text + part));
    }
    return texts;
  }

  #group(): string[] | null {
    this.#at += this.#text.startsWith('(?:', this.#at) ? 3 : 1;
    const texts = this.alternatives();
    if (this.#text[this.#at] !== ')') return null;
    this.#at += 1;
    return texts;
  }

  /** One character that stands for itself and is not repeated. */
  #character(): string[] | null {
    const escaped = this.#text[this.#at] === '\\';
    if (escaped) this.#at += 1;
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return null;
    const character = String.fromCodePoint(point);
    if (escaped ? /[\p{L}\p{N}]/u.test(character) : '.*+?[]{}^$'.includes(character)) return null;
    this.#at += character.length;
    return [character];
  }
}
