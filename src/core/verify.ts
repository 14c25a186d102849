import type { VerifySpec } from './edition.ts';
import type { RunEvent, Verifying } from './run.ts';

export type Judgement =
  | { readonly result: 'again'; readonly verifying: Verifying; readonly until: number; readonly detail: string }
  | { readonly result: 'verified' | 'ineffective' | 'inconclusive'; readonly verifying: Verifying; readonly detail: string };

type Probed = Extract<RunEvent, { kind: 'probed' }>;

/**
 * Judges one reading. Success is clear *and* healthy for `stable_for`; it must be clear for the first time by `within`, and stable by
 * `within + 2 × stable_for`. At the end of the time positive evidence after the effect means ineffective; its absence, inconclusive.
 */
export function judge(before: Verifying, probe: Probed, spec: VerifySpec, now: number): Judgement {
  const verifying = observe(before, probe, now);
  const { clearSince, since } = verifying;
  if (clearSince !== null) {
    const stableAt = clearSince + spec.stableForMs;
    if (now >= stableAt) return { result: 'verified', verifying, detail: `clear and healthy for ${seconds(now - clearSince)}` };
    const hardEnd = since + spec.withinMs + 2 * spec.stableForMs;
    if (now < hardEnd) return { result: 'again', verifying, until: Math.min(stableAt, hardEnd), detail: probe.message };
  } else if (now < since + spec.withinMs) return { result: 'again', verifying, until: since + spec.withinMs, detail: probe.message };
  if (verifying.against === null) return { result: 'inconclusive', verifying, detail: `no source could tell by the end: ${probe.message}` };
  return { result: 'ineffective', verifying, detail: verifying.against.what };
}

function observe(before: Verifying, probe: Probed, now: number): Verifying {
  const readableAt = probe.alert === 'unreadable' && probe.health === 'unreadable' ? before.readableAt : now;
  if (probe.alert === 'clear' && probe.health === 'healthy') return { ...before, readableAt, clearSince: before.clearSince ?? now };
  const what = evidence(probe);
  return { ...before, readableAt, clearSince: null, against: what === null ? before.against : { at: now, what } };
}

/** Only what a source says positively speaks against an effect: unreadable is no evidence. */
function evidence(probe: Probed): string | null {
  if (probe.alert === 'firing' || probe.alert === 'pending') return `the alert is ${probe.alert}: ${probe.message}`;
  if (probe.health === 'unhealthy') return `the target is unhealthy: ${probe.message}`;
  return null;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)}s`;
}
