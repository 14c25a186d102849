import { blindness } from './blindness.ts';
import { brake } from './brake.ts';
import { budget } from './budget.ts';
import { concurrency } from './concurrency.ts';
import { cooldown } from './cooldown.ts';
import { corroboration } from './corroboration.ts';
import { expected } from './expected.ts';
import { gitops } from './gitops.ts';
import { health } from './health.ts';
import { installation } from './installation.ts';
import { lock } from './lock.ts';
import { loop } from './loop.ts';
import { mode } from './mode.ts';
import { protection } from './protection.ts';
import { rights } from './rights.ts';
import { rule } from './rule.ts';
import { settling } from './settling.ts';
import { store } from './store.ts';
import { storm } from './storm.ts';
import { suppressed } from './suppressed.ts';
import { target } from './target.ts';
import { team } from './team.ts';
import { window } from './window.ts';

/**
 * The safety policy, read from top to bottom: the first guard that refuses decides. May anybody act at all, is it still true, is it
 * the time for it, who is it about, is somebody else at work, was there too much of it already, can the workload bear it, has it ever
 * helped, are we allowed.
 */
export const GUARDS = [
  rule, // the rule still exists
  blindness, // we see at all; before all that looks, so that one cause has one reason
  brake, // nobody has paused it
  installation, // no other remediad is at work there
  corroboration, // a second source agrees that the alert fires
  suppressed, // no silence, no inhibition
  window, // the rule may act at this time; before all that would wake a human whom a mute lets sleep
  storm, // not half of the cluster fails at once; before all that would wake a human for each target
  expected, // no other run brought it about; before a target that is gone because of that run wakes a human
  target, // exactly the object that was pinned
  settling, // nobody else is at work on it
  protection, // it is not out of bounds
  team, // it is where the rule's team may act
  gitops, // nobody would put back what the plan changes
  lock, // no other run holds what the plan touches
  store, // what was done before is not forgotten
  cooldown, // it was not acted upon just now
  budget, // not too many effects already
  concurrency, // not too many runs act at once
  health, // the workload can bear it
  loop, // it has not failed to help again and again
  rights, // the API permits it
  mode, // observe, ask, or act
] as const;

export type GuardName = (typeof GUARDS)[number]['name'];

export const GUARD_NAMES: readonly GuardName[] = GUARDS.map(({ name }) => name);
