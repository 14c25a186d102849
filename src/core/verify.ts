import type { EditionRule, GuardPolicy } from './edition.ts';
import type { RunEvent, Verifying } from './run.ts';

export type Judgement =
  | { readonly result: 'again'; readonly verifying: Verifying; readonly until: number; readonly detail: string }
  | { readonly result: 'verified' | 'ineffective' | 'inconclusive'; readonly verifying: Verifying; readonly detail: string };

type Limits = Pick<EditionRule['verify'], 'withinMs' | 'stableForMs'> & Pick<GuardPolicy, 'unknownGraceMs'>;
type Probed = Extract<RunEvent, { kind: 'probed' }>;

/**
 * Judges one reading. Success is clear *and* healthy for `stable_for`; it must be so for the first time by `within`, and stable by
 * `within + 2 × stable_for`. At the end of the time positive evidence after the effect means ineffective, its absence inconclusive. Evidence
 * is what the newest readings say: nothing was heard since for longer than `unknown_grace`, and it tells no more than silence does.
 */
export function judge(before: Verifying, probe: Probed, limits: Limits, now: number): Judgement {
  const verifying = observe(before, probe, now);
  const { clearSince, clearedAt, against, since } = verifying;
  const { withinMs, stableForMs, unknownGraceMs } = limits;
  const stableAt = clearSince === null ? Number.POSITIVE_INFINITY : clearSince + stableForMs;
  if (now >= stableAt) return { result: 'verified', verifying, detail: `clear and healthy for ${seconds(stableForMs)}` };
  const end = since + withinMs + (clearedAt === null ? 0 : 2 * stableForMs);
  if (now < end) return { result: 'again', verifying, until: Math.min(stableAt, end), detail: probe.message };
  if (against !== null && now - against.at <= unknownGraceMs) return { result: 'ineffective', verifying, detail: against.what };
  return { result: 'inconclusive', verifying, detail: `at the end nothing told whether it helped: ${probe.message}` };
}

function observe(before: Verifying, probe: Probed, now: number): Verifying {
  if (probe.alert === 'clear' && probe.health === 'healthy') {
    return { ...before, clearSince: before.clearSince ?? now, clearedAt: before.clearedAt ?? now };
  }
  const what = evidence(probe);
  return { ...before, clearSince: null, against: what === null ? before.against : { at: now, what } };
}

/** Only what a source says positively speaks against an effect: unreadable is no evidence. */
function evidence(probe: Probed): string | null {
  if (probe.alert === 'firing' || probe.alert === 'pending') return `the alert is ${probe.alert} (${probe.message})`;
  if (probe.health === 'unhealthy') return `the target is unhealthy (${probe.message})`;
  return null;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)}s`;
}
