import { styleText } from 'node:util';
import type { Io } from '../command.ts';

const WIDTH = 100;
const CLOCK_WIDTH = 6;
const NODE_WIDTH = 9;
/** Who tells what happened hears of it sooner or later: a line waits this long for one that belongs before it. */
const PATIENCE_MS = 400;

/** What a line is about, for its colour on a terminal. */
export type Tone = 'plain' | 'world' | 'good' | 'held' | 'act' | 'human';

const styles = { plain: [], world: ['dim'], good: ['green'], held: ['yellow'], act: ['bold', 'cyan'], human: ['bold', 'magenta'] } as const;

export interface Line {
  /** ms since the epoch */
  readonly at: number;
  /** '' = it is about no node. */
  readonly node: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Prints the story in the order in which it happened: when, about which node, what; wrapped, and coloured on a terminal alone. */
export class Narrator implements Disposable {
  readonly #io: Pick<Io, 'out' | 'tty'>;
  readonly #timer: NodeJS.Timeout;
  #began = 0;
  #waiting: Line[] = [];

  constructor(io: Pick<Io, 'out' | 'tty'>) {
    this.#io = io;
    this.#timer = setInterval(() => this.#flush(Date.now() - PATIENCE_MS), 100);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#flush(Number.POSITIVE_INFINITY);
  }

  /** From now on the clock runs. */
  begin(at: number): void {
    this.#began = at;
  }

  /** Since the beginning: `+12.3s`. */
  readonly clock = (at: number): string => `+${(Math.max(0, at - this.#began) / 1000).toFixed(1)}s`;

  tell(line: Line): void {
    this.#waiting.push(line);
  }

  /** Text without time and node, after all that was told before. */
  say(text: string, tone: Tone = 'plain'): void {
    this.#flush(Number.POSITIVE_INFINITY);
    for (const line of wrap(text, WIDTH)) this.#io.out(this.#paint(line, tone));
  }

  /** To be copied, and so never wrapped. */
  command(text: string): void {
    this.#flush(Number.POSITIVE_INFINITY);
    this.#io.out(`  ${text}`);
  }

  #flush(until: number): void {
    const ready = this.#waiting.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
    this.#waiting = this.#waiting.filter(({ at }) => at > until);
    for (const line of ready) this.#print(line);
  }

  #print({ at, node, text, tone }: Line): void {
    const lead = `${this.clock(at).padStart(CLOCK_WIDTH)}  ${node.padEnd(NODE_WIDTH)}  `;
    for (const [index, line] of wrap(text, WIDTH - lead.length).entries()) {
      this.#io.out((index === 0 ? lead : ' '.repeat(lead.length)) + this.#paint(line, tone));
    }
  }

  #paint(text: string, tone: Tone): string {
    return this.#io.tty && tone !== 'plain' ? styleText([...styles[tone]], text) : text;
  }
}

/** Breaks at spaces; a word that is longer than a line has one of its own. */
export function wrap(text: string, width: number): string[] {
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}
