import type { AuditEntry } from './audit.ts';
import type { Json, JsonObject } from './json.ts';
import type { Approval, Ending, Run, RunEvent } from './run.ts';

/**
 * What the audit says of one reduction: what the run learned, and how its state changed. It is written by the commit that makes the change
 * durable; intents and results are written by the scripts that take them.
 */
export function trailOf(before: Run, event: RunEvent, after: Run): AuditEntry[] {
  return [...stepsTold(before, after), ...stateTold(before, event, after)];
}

function stepsTold(before: Run, after: Run): AuditEntry[] {
  if (before.outputs === after.outputs) return [];
  return Object.entries(after.outputs)
    .filter(([path, output]) => output !== before.outputs[path] && output.result !== 'entered')
    .map(([path, { result, message }]) => ({ kind: 'step', data: { path, rung: after.rung, result, message } }));
}

function stateTold(before: Run, event: RunEvent, after: Run): AuditEntry[] {
  if (after.end !== null) return [{ kind: 'ended', data: endData(after, after.end) }];
  const sameHold = before.hold?.reason === after.hold?.reason;
  const sameVerify = before.verifying?.clearSince === after.verifying?.clearSince;
  if (before.state === after.state && before.rung === after.rung && sameHold && sameVerify) return [];
  const { state: to, rung, tried } = after;
  const left = tried.length > before.tried.length ? { tried: asJson(tried.at(-1)) } : {};
  return [{ kind: 'state', data: { from: before.state, to, rung, on: event.kind, ...left, ...detailOf(after, event) } }];
}

function endData(run: Run, { reason, detail, would }: Ending): JsonObject {
  const { state, acted, rung, tried } = run;
  return { state, reason, detail, would, acted, rung, tried: asJson(tried), verdicts: refusals(run) };
}

function detailOf(run: Run, event: RunEvent): JsonObject {
  const verdicts = event.kind === 'decided' ? { verdicts: asJson(event.decision.verdicts) } : {};
  if (run.hold !== null) return { reason: run.hold.reason, detail: run.hold.detail, until: run.hold.until, ...verdicts };
  if (run.sleep !== null) return { sleep: run.sleep.kind, until: run.sleep.until, ...verdicts };
  if (run.verifying !== null) return { why: run.verifying.why, clearSince: run.verifying.clearSince };
  if (run.open !== null) return { effect: run.open.effect, notAfter: run.open.notAfter };
  if (run.state === 'awaiting-approval' && run.approval !== null) return { ...asked(run.approval), ...verdicts };
  return run.pinned === null ? verdicts : { uid: run.pinned.uid, subject: run.pinned.subject, ...verdicts };
}

/** What a human is asked about. */
function asked({ plan, planHash, expiresAt }: Approval): JsonObject {
  return { describe: plan.describe, planHash, expiresAt };
}

function refusals(run: Run): Json {
  return asJson(run.verdicts.filter(({ result }) => result === 'refuse'));
}

/** Plain data of ours is JSON by construction; only its type does not say so. */
function asJson(value: unknown): Json {
  return value as Json;
}
