/** All times of the machinery, in ms, injected once; tests shorten them, nothing else reads a literal. */
export interface Timing {
  /** A worker's hold on a run. */
  readonly leaseMs: number;
  /** Bound of one effect's call, by `notAfter`. */
  readonly performMs: number;
  /** No call starts with less than this left. */
  readonly startMarginMs: number;
  /** The call is aborted this long before `notAfter`. */
  readonly abortMarginMs: number;
  /** The lease outlives `notAfter` by at least this. */
  readonly leaseMarginMs: number;
  /** A look-up waits this long after `notAfter`. */
  readonly lookUpDelayMs: number;
  /** Facts older than this do not reach the gate. */
  readonly factsMaxAgeMs: number;
  readonly sweepEveryMs: number;
  /** How far a swept run is pushed on. */
  readonly sweepPushMs: number;
  /** A run parked for longer is woken by the sweep: the queue keeps no timer that a wake-up could leave behind for so long. */
  readonly timerMs: number;
  readonly auditEveryMs: number;
  /** One job works on a run for at most this long, and this many steps. */
  readonly jobMs: number;
  readonly jobSteps: number;
  /** Bound of one check or collector call, and of one reading of all facts. */
  readonly readMs: number;
  /** Bound of one look at a cluster or at Prometheus whether it answers, and how long the answer is kept. */
  readonly sightMs: number;
  readonly sightKeepMs: number;
  /** How often a holding run is looked at when nothing tells it when. */
  readonly holdPollMs: number;
  readonly verifyPollMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Answer to a webhook. */
  readonly intakeMs: number;
  /** Pause of the worker after OOM, MISCONF or READONLY. */
  readonly breakerMs: number;
  readonly maxClockDriftMs: number;
  readonly approvalMs: number;
  readonly approvalP0Ms: number;
  readonly approvalLapseMs: number;
  /** An episode unheard of for this long is asked about. */
  readonly staleAfterMs: number;
  /** An incident resolves after all is clear for this long, and re-opens within `reopenMs`. */
  readonly incidentClearMs: number;
  readonly incidentReopenMs: number;
  /** An acknowledged incident that still fires after this long is open again. */
  readonly incidentAckMs: number;
  /** A policy without repeat counts as exhausted this long after its last step. */
  readonly incidentExhaustMs: number;
  /** Attached targets are told together, this late; an incident's first message never waits. */
  readonly groupWaitMs: number;
  /** Bound of one call to a receiver; the worker's hold on a message outlives it. */
  readonly deliverMs: number;
  /** Pause after the first failed delivery, doubled each time up to the maximum. */
  readonly deliverBackoffMs: number;
  readonly deliverBackoffMaxMs: number;
  /** After this many tries of a message the policy's fallback is told too. */
  readonly deliverAttempts: number;
  /** Ends of runs, episodes, deliveries are kept this long. */
  readonly retainMs: number;
  /** A source that says `not firing` against the webhook is believed after this long. */
  readonly notFiringHoldMs: number;
  /** An Alertmanager up for less than this cannot say `not firing`. */
  readonly alertmanagerSettleMs: number;
  /** A Lease that is not renewed for this long is nobody's any more. */
  readonly ownerMs: number;
  /** How often the configuration's files are looked at; two looks alike and they are at rest. */
  readonly configLookMs: number;
  /** Redis away for this long is told to the emergency receiver. */
  readonly storeDownMs: number;
  /** At most one such message in this time. */
  readonly emergencyEveryMs: number;
}

export const defaultTiming: Timing = {
  leaseMs: 30_000,
  performMs: 10_000,
  startMarginMs: 2_000,
  abortMarginMs: 500,
  leaseMarginMs: 4_000,
  lookUpDelayMs: 2_000,
  factsMaxAgeMs: 5_000,
  sweepEveryMs: 1_000,
  sweepPushMs: 10_000,
  timerMs: 60_000,
  auditEveryMs: 60_000,
  jobMs: 20_000,
  jobSteps: 50,
  readMs: 10_000,
  sightMs: 5_000,
  sightKeepMs: 2_000,
  holdPollMs: 15_000,
  verifyPollMs: 5_000,
  backoffMs: 1_000,
  backoffMaxMs: 30_000,
  intakeMs: 2_000,
  breakerMs: 2_000,
  maxClockDriftMs: 10_000,
  approvalMs: 900_000,
  approvalP0Ms: 300_000,
  approvalLapseMs: 900_000,
  staleAfterMs: 8_100_000,
  incidentClearMs: 300_000,
  incidentReopenMs: 1_800_000,
  incidentAckMs: 14_400_000,
  incidentExhaustMs: 900_000,
  groupWaitMs: 10_000,
  deliverMs: 10_000,
  deliverBackoffMs: 1_000,
  deliverBackoffMaxMs: 300_000,
  deliverAttempts: 10,
  retainMs: 604_800_000,
  notFiringHoldMs: 60_000,
  alertmanagerSettleMs: 300_000,
  ownerMs: 120_000,
  configLookMs: 2_000,
  storeDownMs: 60_000,
  emergencyEveryMs: 900_000,
};
