/** One effect that really happened: what tests count to tell once from twice. */
export interface JournalEntry {
  readonly seq: number;
  readonly at: number;
  readonly effect: 'delete-pod' | 'signal';
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  /** `TERM`-like names without `SIG`; null for a deletion. */
  readonly signal: string | null;
  readonly process: string | null;
  /** Run that caused it; null = somebody else. */
  readonly run: string | null;
  /** The pod was being deleted already, so that this call changed nothing more. */
  readonly repeated: boolean;
}

export class Journal {
  readonly #entries: JournalEntry[] = [];

  add(entry: Omit<JournalEntry, 'seq'>): void {
    this.#entries.push({ seq: this.#entries.length + 1, ...entry });
  }

  entries(filter: { run?: string | undefined; uid?: string | undefined; after?: number | undefined } = {}): JournalEntry[] {
    return this.#entries
      .slice(filter.after ?? 0)
      .filter((entry) => (filter.run === undefined || entry.run === filter.run) && (filter.uid === undefined || entry.uid === filter.uid));
  }
}
