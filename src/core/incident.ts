import type { EscalationPolicy, Priority } from './edition.ts';
import type { Reason } from './reasons.ts';
import type { Verdict } from './decide.ts';

export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/** What humans see. The policy is frozen at opening. */
export interface Incident {
  readonly id: string;
  /** What makes two escalations the same incident (`incidentKey`). */
  readonly key: string;
  readonly state: IncidentState;
  readonly priority: Priority;
  readonly title: string;
  readonly reason: Reason;
  readonly openedAt: number;
  readonly changedAt: number;
  readonly acknowledgedBy: string | null;
  /** Manual resolve while firing; nothing is sent until then. null = not snoozed. */
  readonly snoozedUntil: number | null;
  readonly policy: EscalationPolicy;
  /** Next step of the policy, and how often the repeat was sent. */
  readonly step: number;
  readonly repeats: number;
  /** Runs attached, newest last, and their targets. */
  readonly runs: readonly string[];
  readonly targets: readonly string[];
  /** Set while everything is clear; resolved at `clearSince + incidentClearMs`. */
  readonly clearSince: number | null;
}

/** What an escalating run hands to the script that opens or attaches its incident. */
export interface Escalation {
  readonly key: string;
  readonly priority: Priority;
  readonly title: string;
  readonly reason: Reason;
  readonly run: string;
  readonly target: string;
  readonly policy: EscalationPolicy;
  readonly report: Report;
}

/** What a message tells: rendered by each receiver in its own form. Bounded: ≤ 20 effects, ≤ 40 verdicts, ≤ 10 lines of evidence. */
export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly rule: string;
  /** Whose rule it is; '' = nobody's, or no rule's. */
  readonly team: string;
  readonly target: string;
  readonly reason: Reason;
  readonly reasonText: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly firedAt: number;
  readonly tried: readonly { readonly what: string; readonly result: string; readonly at: number }[];
  readonly verdicts: readonly Verdict[];
  readonly evidence: readonly string[];
  readonly links: readonly { readonly text: string; readonly href: string }[];
  /** Exact commands a human may copy: pause, status, takeover. */
  readonly commands: readonly { readonly text: string; readonly command: string }[];
}

/** A message to one receiver: durable, retried, told apart by `dedupKey`. */
export interface Message {
  readonly id: string;
  readonly receiver: string;
  readonly event: 'trigger' | 'acknowledge' | 'resolve';
  readonly incident: string;
  /** The same for all messages of one incident: a receiver merges repeats by it. */
  readonly dedupKey: string;
  readonly priority: Priority;
  readonly report: Report;
  readonly attempts: number;
  readonly createdAt: number;
}
