import { StringDecoder } from 'node:string_decoder';

/** The first bytes of an output, whole characters only. */
export class Bounded {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  /** There was more than the limit. */
  cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    const room = this.#limit - this.#size;
    this.cut ||= chunk.length > room;
    if (room === 0 || chunk.length === 0) return;
    // A copy: what is kept must not keep alive the large buffer that it came in.
    const kept = Buffer.from(chunk.subarray(0, room));
    this.#chunks.push(kept);
    this.#size += kept.length;
  }

  /** A character that the limit cut through is left out. */
  get text(): string {
    return new StringDecoder('utf8').write(Buffer.concat(this.#chunks));
  }
}
