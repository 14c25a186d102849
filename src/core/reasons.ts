/**
 * The closed list of reasons. The same word stands in log, metric label, audit event, API, page and `explain`.
 *
 * - `where`: who gives it. `guard` = admit or permit, `gate` = the begin script, `effect` = the world's answer to a call,
 *   `run` = the reducer, `schedule` = a tick, `intake` = the webhook.
 * - `then`: its consequence. `hold` waits with a bound and then escalates, `skip` ends with nothing left to do, `escalate`
 *   wakes a human, `dry` goes on without effects, `ask` requests an approval, `end` only says why a run ended,
 *   `reject` refuses one piece of input.
 * - `frozen`: time spent in this hold counts neither towards `max_hold` nor towards the run's deadline.
 * - `quiet`: humans said beforehand that they need not know: nobody is woken while it holds, but of a P0.
 * - `clusterWide`: it holds a whole cluster: humans are told of that once, not of each run that it holds.
 */
export interface ReasonRow {
  readonly where: 'guard' | 'gate' | 'effect' | 'run' | 'schedule' | 'intake';
  readonly then: 'hold' | 'skip' | 'escalate' | 'dry' | 'ask' | 'end' | 'reject';
  readonly frozen?: true;
  readonly quiet?: true;
  readonly clusterWide?: true;
  readonly text: string;
}

export const reasons = {
  // guards, in the order of the list
  blind: {
    where: 'guard',
    then: 'hold',
    frozen: true,
    clusterWide: true,
    text: 'The cluster or Prometheus does not answer, or most of what Prometheus scrapes is gone at once: more likely we do not see.',
  },
  paused: {
    where: 'guard',
    then: 'hold',
    frozen: true,
    text: 'A brake is set on the installation, the rule, the namespace or the target.',
  },
  'not-owner': { where: 'guard', then: 'hold', text: 'Another installation of remediad acts in the namespace.' },
  'not-firing': { where: 'guard', then: 'hold', text: 'Prometheus or Alertmanager say that the alert does not fire.' },
  resolved: { where: 'guard', then: 'skip', text: 'The alert is resolved, corroborated by a second source where there is one.' },
  silenced: { where: 'guard', then: 'hold', frozen: true, quiet: true, text: 'A silence in Alertmanager covers the alert.' },
  inhibited: { where: 'guard', then: 'hold', frozen: true, quiet: true, text: 'Another alert inhibits this one in Alertmanager.' },
  expected: {
    where: 'guard',
    then: 'hold',
    text: 'Another run is at work on the target or its workload, and the alert most likely comes of that.',
  },
  'target-unknown': {
    where: 'guard',
    then: 'escalate',
    text: 'The target cannot be told from the labels, or its cluster or workload is not configured.',
  },
  'target-ambiguous': { where: 'guard', then: 'escalate', text: 'The finder matches more than one object.' },
  'target-gone': { where: 'guard', then: 'escalate', text: 'The object does not exist, or was replaced by somebody else.' },
  'self-healed': { where: 'guard', then: 'skip', text: 'The object is gone and its workload is whole without it.' },
  'gone-yet-firing': {
    where: 'guard',
    then: 'hold',
    text: 'The object is gone and its workload is whole without it, but the alert of it fires on.',
  },
  'node-unreachable': {
    where: 'guard',
    then: 'escalate',
    text: 'The node under the target does not answer: a restart there cannot be carried out.',
  },
  settling: {
    where: 'guard',
    then: 'hold',
    text: 'The target is younger than min_age, was changed by somebody else, or is already terminating.',
  },
  'self-healing': {
    where: 'guard',
    then: 'hold',
    text: 'A container of the target ended just now, and the kubelet is about to start it again.',
  },
  'rollout-in-progress': { where: 'guard', then: 'hold', text: 'The workload is rolling out a new revision.' },
  protected: { where: 'guard', then: 'escalate', text: 'The target is in a protected namespace or carries remediad.dev/exclude: "true".' },
  'outside-team': {
    where: 'guard',
    then: 'escalate',
    text: "The target, or what the plan touches, is in none of the namespaces of the rule's team.",
  },
  'managed-elsewhere': {
    where: 'guard',
    then: 'escalate',
    text: 'A GitOps owner of the object would put back what the plan changes.',
  },
  muted: { where: 'guard', then: 'hold', frozen: true, quiet: true, text: 'A time interval mutes the rule.' },
  'outside-window': { where: 'guard', then: 'hold', frozen: true, text: 'None of the time intervals in which the rule may act is active.' },
  storm: {
    where: 'guard',
    then: 'hold',
    frozen: true,
    clusterWide: true,
    text: 'Too many targets of the cluster began to fire at once: nothing is done there until it calms down.',
  },
  'target-busy': { where: 'guard', then: 'hold', text: 'Another run holds the lock of an object that the plan touches.' },
  'fresh-store': {
    where: 'guard',
    then: 'hold',
    frozen: true,
    text: 'The store is new or was failed over and may have forgotten brakes, cooldowns and effects: nothing is done for fresh_store_hold.',
  },
  'cooling-down': { where: 'guard', then: 'hold', text: 'The subject was acted upon a short while ago.' },
  'budget-spent': { where: 'guard', then: 'escalate', text: 'A budget of effects is used up.' },
  'too-many-in-flight': {
    where: 'guard',
    then: 'hold',
    text: 'As many runs as may act at once do: of the installation, in the cluster, or of the rule.',
  },
  'lining-up': {
    where: 'guard',
    then: 'hold',
    text: 'What held this run and others is over: they line up, to go on in the order of priority and age.',
  },
  'awaiting-budget': {
    where: 'guard',
    then: 'hold',
    text: 'Others that were held together with this run use a budget up, or the half of it that is theirs.',
  },
  'too-few-healthy': { where: 'guard', then: 'hold', text: 'The effect would leave fewer healthy members than the rule demands.' },
  'quorum-at-risk': { where: 'guard', then: 'escalate', text: 'The effect would take a healthy member away from a bare majority.' },
  'not-helping': { where: 'guard', then: 'escalate', text: 'Earlier runs on this subject acted and did not help.' },
  'not-permitted': { where: 'guard', then: 'escalate', text: 'The API says that this service account may not do it.' },
  'observe-only': { where: 'guard', then: 'dry', text: 'The rule or the installation only observes.' },
  'rung-observes': {
    where: 'guard',
    then: 'escalate',
    text: 'The rule may act, but the rung that the run came to only observes: what it would do is for a human.',
  },
  'approval-required': { where: 'guard', then: 'ask', text: 'The rule asks a human before it acts.' },
  // unknown facts: the runner's reasons, one per fact that a guard may need
  'unknown-sight': { where: 'guard', then: 'hold', text: 'Whether cluster and Prometheus answer could not be told.' },
  'unknown-brake': { where: 'guard', then: 'hold', text: 'The brakes could not be read.' },
  'unknown-storm': { where: 'guard', then: 'hold', text: 'Whether there is a storm in the cluster could not be read.' },
  'unknown-owner': { where: 'guard', then: 'hold', text: 'Which installation acts in the namespace could not be told.' },
  'unknown-firing': { where: 'guard', then: 'hold', text: 'No source could say whether the alert fires.' },
  'unknown-suppression': { where: 'guard', then: 'hold', text: 'Alertmanager could not say whether the alert is silenced or inhibited.' },
  'unknown-target': { where: 'guard', then: 'hold', text: 'The target could not be read.' },
  'unknown-workload': { where: 'guard', then: 'hold', text: 'The health of the workload could not be read.' },
  'unknown-namespace': { where: 'guard', then: 'hold', text: 'The namespace could not be read.' },
  'unknown-history': { where: 'guard', then: 'hold', text: 'Locks, cooldowns, budgets or memory could not be read.' },
  'unknown-rights': { where: 'guard', then: 'hold', text: 'The API did not say whether we are permitted.' },
  'unknown-plan': { where: 'guard', then: 'hold', text: 'The plan needs a value that could not be read.' },
  'old-facts': { where: 'gate', then: 'hold', text: 'The facts grew old before the gate was reached, several times in a row.' },
  'clock-drift': { where: 'gate', then: 'hold', text: 'The wall clock and the monotonic clock disagree by more than 10 s.' },
  'not-replicated': { where: 'gate', then: 'hold', text: 'The store could not confirm the intent on its replicas.' },
  // the world's answers
  conflict: { where: 'effect', then: 'hold', text: 'The object changed under the plan; it is planned again, at most three times.' },
  gone: { where: 'effect', then: 'hold', text: 'The object vanished between plan and call.' },
  'disruption-budget': { where: 'effect', then: 'hold', text: 'A disruption budget does not allow it now.' },
  invalid: { where: 'effect', then: 'end', text: 'The API refuses the request as invalid.' },
  'too-late': { where: 'effect', then: 'hold', text: 'The time for the call was used up before it was sent, so it was not sent.' },
  'unknown-effect': { where: 'effect', then: 'escalate', text: 'It cannot be told whether the effect happened.' },
  'late-effect': { where: 'effect', then: 'escalate', text: 'An effect given up as not done turned out to be done.' },
  // endings and their reasons
  verified: { where: 'run', then: 'end', text: 'No alert of it is left and the target was healthy for stable_for.' },
  missed: { where: 'run', then: 'skip', text: 'The time that the schedule means passed before it could begin.' },
  rejected: { where: 'run', then: 'end', text: 'A human rejected the plan.' },
  cancelled: { where: 'run', then: 'end', text: 'A human cancelled the run.' },
  'rule-removed': { where: 'run', then: 'skip', text: 'The rule no longer exists, or its ladder no longer has the remediation.' },
  'approval-expired': { where: 'run', then: 'escalate', text: 'Nobody answered the request for approval in time.' },
  'held-too-long': { where: 'run', then: 'escalate', text: 'The run was held longer than max_hold allows.' },
  timeout: { where: 'run', then: 'escalate', text: 'The deadline of the run passed.' },
  inconclusive: { where: 'run', then: 'escalate', text: 'Until the end of the time given no source could tell whether it helped.' },
  'resolved-but-unhealthy': { where: 'run', then: 'escalate', text: 'The alert resolved but the target is not healthy.' },
  'ladder-end': { where: 'run', then: 'escalate', text: 'Every rung of the ladder was tried.' },
  'nothing-applied': { where: 'run', then: 'escalate', text: 'No step of the ladder applied to the case.' },
  'handed-over': { where: 'run', then: 'escalate', text: 'The remediation hands the case to a human.' },
  'step-failed': { where: 'run', then: 'escalate', text: 'A step failed and its remediation says to escalate.' },
  'unresolved-expression': { where: 'run', then: 'escalate', text: 'An expression of the rule could not be evaluated on this alert.' },
  'observe-only-after-effect': {
    where: 'run',
    then: 'escalate',
    text: 'The rule was switched to observe after an effect that did not fix the alert.',
  },
  'crash-loop': { where: 'run', then: 'escalate', text: 'Workers died on this run again and again.' },
  'unknown-edition': { where: 'run', then: 'escalate', text: 'The pinned edition cannot be read, or was written by a newer version.' },
  orphaned: { where: 'run', then: 'escalate', text: 'A firing alert was found that nothing covers.' },
  overdue: { where: 'run', then: 'escalate', text: 'escalate_after passed and the alert is still there.' },
  stale: { where: 'run', then: 'escalate', text: 'Alertmanager fell silent about a firing alert and cannot be asked.' },
  'store-away': {
    where: 'run',
    then: 'escalate',
    text: 'The store does not answer or takes no writes: until it does, nothing is decided, done or recorded.',
  },
  'config-refused': {
    where: 'run',
    then: 'escalate',
    text: 'The configuration was refused at start: the last good one is in force until a good one is loaded.',
  },
  // intake
  'invalid-alert': { where: 'intake', then: 'reject', text: 'One alert of a webhook is malformed.' },
  'alert-too-large': { where: 'intake', then: 'reject', text: 'A label of one alert is longer than the limit.' },
  'not-matched': { where: 'intake', then: 'reject', text: 'No rule matches the alert.' },
  'still-running': { where: 'schedule', then: 'skip', text: 'The run before it has not ended, and a schedule never overlaps itself.' },
  'late-resolve': { where: 'intake', then: 'reject', text: 'A resolve older than the start of the current episode.' },
  'unknown-episode': { where: 'intake', then: 'reject', text: 'A resolve of an alert that was never seen firing.' },
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof reasons;
/** Reasons that the webhook gives for one alert. */
export type IntakeReason = { [R in Reason]: (typeof reasons)[R]['where'] extends 'intake' ? R : never }[Reason];

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}

/** Whether time held for this reason is left out of `max_hold` and of the run's deadline. */
export function isFrozen(reason: Reason): boolean {
  return rowOf(reason).frozen === true;
}

export function isQuiet(reason: Reason): boolean {
  return rowOf(reason).quiet === true;
}

export function isClusterWide(reason: Reason): boolean {
  return rowOf(reason).clusterWide === true;
}

const rowOf = (reason: Reason): ReasonRow => reasons[reason];
