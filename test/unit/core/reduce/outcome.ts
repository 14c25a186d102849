import type { Reduction, Run } from '../../../../src/core/run.ts';
import { isEnded } from '../../../../src/core/run.ts';

/** What came of an event, in the notation of the run table of docs/protocol.md. */
export function outcomeOf(before: Run, { run, command }: Reduction): string {
  if (isEnded(run.state)) return run.state === 'observed' ? `observed(would: ${run.end?.would})` : `${run.state}(${run.end?.reason})`;
  if (run.rung > before.rung) return 'next rung';
  if (run.state !== before.state || run.sleep?.kind !== before.sleep?.kind) return entered(run);
  if (run.state === 'holding' && run.hold !== before.hold && command !== null) return 'holding';
  if (run.state === 'sleeping' && run.sleep !== before.sleep) return entered(run);
  if (command === null) return run === before ? '–' : 'noted';
  return command.kind === 'park' ? 'parks' : command.kind;
}

function entered(run: Run): string {
  if (run.sleep !== null) return `sleeping(${run.sleep.kind})`;
  return run.verifying === null ? run.state : `verifying(${run.verifying.why})`;
}
