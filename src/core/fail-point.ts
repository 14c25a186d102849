/**
 * Named places at which a test kills or stops a real process. All of them stand in this list; outside of tests every one is a no-op, and
 * a process that finds one set without `REMEDIAD_TEST` refuses to start.
 */
export const FAIL_POINTS = [
  'accept.before',
  'accept.after',
  'claim.after',
  'facts.after',
  'begin.before',
  'begin.after',
  'perform.before',
  'perform.inside',
  'perform.after',
  'finish.before',
  'finish.after',
  'commit.before',
  'end.before',
  'deliver.sent',
  'step.poison',
] as const;
export type FailPoint = (typeof FAIL_POINTS)[number];

/** Awaited at the named place; given in by `wiring.ts`. */
export type FailPoints = (point: FailPoint) => Promise<void>;

export const noFailPoints: FailPoints = () => Promise.resolve();
