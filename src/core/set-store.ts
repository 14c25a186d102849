import type { AuditEntry } from './audit.ts';

/** A configuration that was in force. */
export interface KeptSet {
  /** Content hash of the configuration. */
  readonly hash: string;
  /** Store time at which it came into force last. */
  readonly at: number;
  readonly rules: number;
}

/** The last few configurations that were in force, newest first. Their texts hold no secrets. */
export interface SetStore {
  /** It is in force now; the same one again counts as the newest. */
  keepSet(set: Omit<KeptSet, 'at'>, text: string, audit: readonly AuditEntry[]): Promise<void>;
  lastSet(): Promise<(KeptSet & { readonly text: string }) | null>;
  sets(): Promise<readonly KeptSet[]>;
}
