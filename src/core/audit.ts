import type { JsonObject } from './json.ts';

/** Kinds of audit event. Each is written in the script that changes the state it tells of. */
export const AUDIT_KINDS = [
  'alert-rejected',
  'episode',
  'accepted',
  'tick',
  'attached',
  'state',
  'step',
  'intent',
  'result',
  'late-effect',
  'signal',
  'ended',
  'incident',
  'incident-changed',
  'message',
  'brake-set',
  'brake-lifted',
  'storm',
  'store',
  'config',
  'orphan-found',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** One immutable record. `id` is the stream's (`ms-seq`), `at` store time; `data` belongs to the kind. */
export interface AuditEvent {
  readonly id: string;
  readonly at: number;
  readonly kind: AuditKind;
  /** null where it is about no run. */
  readonly run: string | null;
  readonly data: JsonObject;
}

/** What a caller hands to a script to be recorded; the script adds id and time. */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly data: JsonObject;
}
