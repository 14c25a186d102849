import type { KnownAlert } from '../core/why.ts';

/** Of alerts that no rule took, so many of the last ones are remembered by this process. */
const REMEMBERED = 1_000;

export type Unmatched = Pick<KnownAlert, 'fingerprint' | 'labels' | 'startsAt'> & { /** ms; when it came last. */ readonly at: number };

/** What came in lately, for those who ask whether their alert did. */
export class Arrivals {
  #lastWebhookAt: number | null = null;
  readonly #unmatched = new Map<string, Unmatched>();

  /** ms; null = none came. */
  get lastWebhookAt(): number | null {
    return this.#lastWebhookAt;
  }

  webhook(at: number): void {
    this.#lastWebhookAt = at;
  }

  notMatched({ fingerprint, labels, startsAt }: Omit<Unmatched, 'at'>, at: number): void {
    this.#unmatched.delete(fingerprint);
    this.#unmatched.set(fingerprint, { fingerprint, labels, startsAt, at });
    const [oldest] = this.#unmatched.keys();
    if (this.#unmatched.size > REMEMBERED && oldest !== undefined) this.#unmatched.delete(oldest);
  }

  /** Newest first. */
  get unmatched(): readonly Unmatched[] {
    return [...this.#unmatched.values()].toReversed();
  }
}
