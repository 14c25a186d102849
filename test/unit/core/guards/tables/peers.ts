import type { Members } from '../../../../../src/core/edition.ts';

/**
 * What others make of the same numbers, from their own tests (all Apache-2.0), in our words: which limit, of how many members, and what it
 * comes to. Where we come to something else, `ours` says what, and `because` why.
 */
export interface Limit {
  readonly limit: Members;
  readonly of: number;
  /** Members that must be healthy at least. */
  readonly healthy: number;
  readonly ours?: number;
  readonly because?: string;
}

const percent = (value: number): Members => ({ percent: value });
const count = (value: number): Members => ({ count: value });
const UP = 'what may be missing rounds down here: a share that is no whole member is none';

/** kubernetes v1.36, pkg/controller/disruption/disruption_test.go: minAvailable, `desiredHealthy` of its status. */
export const disruptionMinAvailable: readonly Limit[] = [
  { limit: count(3), of: 4, healthy: 3 },
  { limit: percent(34), of: 3, healthy: 2 },
  { limit: percent(1), of: 1, healthy: 1 },
  // The task page "Specifying a Disruption Budget": 50 % of 7 rounds up.
  { limit: percent(50), of: 7, healthy: 4 },
];

/** The same file, maxUnavailable. */
export const disruptionMaxUnavailable: readonly Limit[] = [
  { limit: count(2), of: 7, healthy: 5 },
  { limit: count(2), of: 5, healthy: 3 },
  { limit: count(5), of: 10, healthy: 5 },
  { limit: percent(30), of: 7, healthy: 4, ours: 5, because: UP },
  { limit: percent(30), of: 3, healthy: 2, ours: 3, because: UP },
];

/** medik8s/node-healthcheck-operator, internal/controller/nodehealthcheck_controller_test.go: getMinHealthy. Negative limits are load errors here. */
export const nodeHealthCheckMinHealthy: readonly Limit[] = [
  { limit: count(8), of: 10, healthy: 8 },
  { limit: percent(80), of: 10, healthy: 8 },
  { limit: percent(75), of: 10, healthy: 8 },
  { limit: percent(0), of: 10, healthy: 0 },
  { limit: percent(100), of: 10, healthy: 10 },
  // Its own default in the samples.
  { limit: percent(51), of: 3, healthy: 2 },
  { limit: percent(51), of: 2, healthy: 2 },
];

/** The same, maxUnhealthy. More than there are is an error there. */
export const nodeHealthCheckMaxUnhealthy: readonly Limit[] = [
  { limit: count(8), of: 10, healthy: 2 },
  { limit: percent(80), of: 10, healthy: 2 },
  { limit: percent(75), of: 10, healthy: 2, ours: 3, because: UP },
  { limit: percent(0), of: 10, healthy: 10 },
  { limit: percent(100), of: 10, healthy: 0 },
];

/** kubernetes-sigs/cluster-api, machinehealthcheck_controller_test.go: getMaxUnhealthy, which rounds down as we do. */
export const machineHealthCheckMaxUnhealthy: readonly Limit[] = [
  { limit: count(3), of: 2, healthy: 0 },
  { limit: percent(40), of: 5, healthy: 3 },
  { limit: percent(60), of: 7, healthy: 3 },
];

/** Whether anything may be done about an unhealthy member while so many are healthy. */
export interface Allowed {
  readonly limit: Members;
  readonly of: number;
  readonly healthy: number;
  readonly allowed: boolean;
}

/** The same file: isAllowedRemediation. Without a limit it does nothing; here there always is one. */
export const machineHealthCheckAllowed: readonly Allowed[] = [
  { limit: count(1), of: 3, healthy: 1, allowed: false },
  { limit: count(2), of: 3, healthy: 1, allowed: true },
  { limit: count(3), of: 3, healthy: 1, allowed: true },
  { limit: percent(50), of: 5, healthy: 2, allowed: false },
  { limit: percent(60), of: 5, healthy: 2, allowed: true },
  { limit: percent(70), of: 5, healthy: 2, allowed: true },
];

/**
 * cluster-api, controlplane/kubeadm remediation_test.go: canSafelyRemoveEtcdMember. One member is unhealthy and would be *removed*, `failed`
 * others are unhealthy too; what is left must keep its majority. We restart a member, which stays one: only a healthy one can cost it.
 */
export interface Quorum {
  readonly members: number;
  /** Unhealthy besides the one that is to be removed. */
  readonly failed: number;
  readonly safe: boolean;
  /** Whether a *healthy* member might be taken away for a while instead, with as many unhealthy ones besides. */
  readonly oursHealthy: boolean;
}

export const etcdRemoval: readonly Quorum[] = [
  { members: 1, failed: 0, safe: false, oursHealthy: false },
  { members: 2, failed: 0, safe: true, oursHealthy: false },
  { members: 2, failed: 1, safe: false, oursHealthy: false },
  { members: 3, failed: 0, safe: true, oursHealthy: true },
  { members: 3, failed: 1, safe: false, oursHealthy: false },
  { members: 5, failed: 1, safe: true, oursHealthy: true },
  { members: 5, failed: 2, safe: false, oursHealthy: false },
  { members: 7, failed: 2, safe: true, oursHealthy: true },
  { members: 7, failed: 3, safe: false, oursHealthy: false },
];

/** etcd, docs "Failure tolerance": size, majority, members that may fail. */
export const failureTolerance: readonly (readonly [size: number, majority: number, tolerated: number])[] = [
  [1, 1, 0],
  [2, 2, 0],
  [3, 2, 1],
  [4, 3, 1],
  [5, 3, 2],
  [6, 4, 2],
  [7, 4, 3],
  [8, 5, 3],
  [9, 5, 4],
];
