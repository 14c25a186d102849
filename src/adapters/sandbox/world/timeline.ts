interface Entry {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** What is going to happen, by time; what is due at the same time happens in the order of its planning. A binary heap. */
export class Timeline {
  readonly #heap: Entry[] = [];
  #order = 0;

  /** When the next event is due; null = nothing is planned. */
  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null;
  }

  plan(at: number, happen: () => void): void {
    const entry = { at, order: this.#order++, happen };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  /** The first event due by `now`, taken off the line; null = none is. */
  takeDue(now: number): Entry | null {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return null;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      let first = index;
      if (this.#before(left, first)) first = left;
      if (this.#before(left + 1, first)) first = left + 1;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #before(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a] as Entry;
    this.#heap[a] = this.#heap[b] as Entry;
    this.#heap[b] = first;
  }
}
