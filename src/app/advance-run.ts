import type { Command } from '../core/run.ts';
import { ClaimedRun } from './claimed-run.ts';
import { editionOf } from './editions.ts';
import { handle } from './handlers/index.ts';
import type { AdvanceDeps } from './work.ts';

/**
 * Claims a run, reduces what came in, and carries out command after command until the run parks or ends, or another worker has it. The job
 * that called is only a hint: a lost or doubled one changes nothing. Whatever is thrown leaves the run due at the end of its lease.
 */
export async function advanceRun(
  deps: AdvanceDeps,
  id: string,
  version: number | null,
  worker: string,
  signal: AbortSignal,
): Promise<void> {
  if (deps.stopping()) return;
  const claim = await deps.store.claim(id, version, worker);
  if (claim.kind !== 'ok') return;
  await deps.failPoint('claim.after');
  const { run, epoch, effects } = claim;
  const edition = await editionOf(deps, run.edition);
  const claimed = new ClaimedRun({ deps, edition, epoch, effects, now: storeClock(deps, claim.now), signal }, claim);
  const until = deps.clock.monotonic() + deps.timing.jobMs;
  let command: Command | null = claimed.start();
  for (let steps = 0; command !== null; steps += 1) {
    const tired = steps >= deps.timing.jobSteps || deps.clock.monotonic() >= until || signal.aborted || deps.stopping();
    command = tired ? await claimed.handBack() : await carryOut(claimed, command);
  }
}

/** Answers the next command, null when the claim is over. */
async function carryOut(claimed: ClaimedRun, command: Command): Promise<Command | null> {
  switch (command.kind) {
    case 'park':
      return claimed.park(command.until);
    case 'end':
      return claimed.end();
    default:
      return claimed.told(await handle(claimed.work(), command));
  }
}

/** Store time, carried on by the monotonic clock of this process. */
function storeClock({ clock }: AdvanceDeps, at: number): () => number {
  const start = clock.monotonic();
  return () => Math.round(at + clock.monotonic() - start);
}
