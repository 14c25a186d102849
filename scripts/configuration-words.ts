import {
  defaultBlindness,
  defaultBudget,
  defaultDeadlineMs,
  defaultGuards,
  defaultLadderMemoryMs,
  defaultMaxInFlight,
  defaultPriorities,
  defaultStorm,
  defaultVerify,
  shortestBlindWithinMs,
} from '../src/config/defaults.ts';
import type { StepWord } from '../src/config/schema/remediation.ts';
import { formatDuration } from '../src/core/duration.ts';
import { PRIORITIES, type Budget, type Members } from '../src/core/edition.ts';
import type { Amendments } from './schema-rows.ts';

/** What the schemas of the configuration do not say: defaults that stand elsewhere in the code, and words for keys that have none. */

const length = (ms: number): string => `\`${formatDuration(ms)}\``;
const membersText = (limit: Members | null): string =>
  limit === null ? '' : 'count' in limit ? `\`${limit.count}\`` : `\`${limit.percent}%\``;

export function budgetText({ max, perMs, scope }: Budget): string {
  return `${max} per ${formatDuration(perMs)} (${scope})`;
}

/** Guards, verification and the like: what a rule says, and `defaults` before it. */
function shared(prefix: string): Readonly<Record<string, string>> {
  const { loop } = defaultGuards;
  const values = {
    'guards.cooldown': length(defaultGuards.cooldownMs),
    'guards.target_cooldown': length(defaultGuards.targetCooldownMs),
    'guards.budgets': defaultGuards.budgets.map(budgetText).join(', '),
    'guards.max_unavailable': membersText(defaultGuards.maxUnavailable),
    'guards.min_healthy': membersText(defaultGuards.minHealthy),
    'guards.quorum': `\`${defaultGuards.quorum}\``,
    'guards.min_age': length(defaultGuards.minAgeMs),
    'guards.loop': `${loop.maxIneffective} within ${formatDuration(loop.withinMs)}`,
    'guards.max_hold': length(defaultGuards.maxHoldMs),
    'guards.unknown_grace': length(defaultGuards.unknownGraceMs),
    'guards.protected_namespaces': defaultGuards.protectedNamespaces.map((name) => `\`${name}\``).join(', '),
    'verify.within': `${length(defaultVerify.withinMs)}, without Prometheus and Alertmanager ${length(shortestBlindWithinMs)}`,
    'verify.stable_for': length(defaultVerify.stableForMs),
    'verify.alert_labels': '`alertname` and the labels that the target reads',
    ladder_memory: length(defaultLadderMemoryMs),
    deadline: length(defaultDeadlineMs),
  };
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [`${prefix}${path}`, value]));
}

const byPriority = (of: (priority: (typeof defaultPriorities)['P0']) => number | null): string =>
  PRIORITIES.map((priority) => {
    const ms = of(defaultPriorities[priority]);
    return `${priority} ${ms === null ? '`never`' : length(ms)}`;
  }).join(', ');

const NO_EFFECT_YET = 'without effect yet, which is a warning';

export const ROOT: Amendments = {
  fallbacks: {
    ...shared('defaults.'),
    'web.listen_address': '`127.0.0.1:8484`',
    'storage.path': '`data` in the working directory',
    default_cluster: 'the only one',
    'alertmanager.settle': '`5m`',
    'storm.enter': `\`${defaultStorm.enter}\``,
    'storm.leave': `\`${defaultStorm.leave}\``,
    'storm.within': length(defaultStorm.withinMs),
    'storm.cooldown': length(defaultStorm.cooldownMs),
    'budget.max': `\`${defaultBudget.max}\``,
    'budget.per': length(defaultBudget.perMs),
    'max_in_flight.installation': `\`${defaultMaxInFlight.installation}\``,
    'max_in_flight.cluster': `\`${defaultMaxInFlight.cluster}\``,
    'prometheus.blindness.max_missing': `\`${defaultBlindness.maxMissingPercent}%\``,
    'prometheus.blindness.min_targets': `\`${defaultBlindness.minTargets}\``,
    'prometheus.blindness.within': length(defaultBlindness.withinMs),
    'priorities.<name>.respond_within': byPriority(({ respondWithinMs }) => respondWithinMs),
    'priorities.<name>.resolve_within': byPriority(({ resolveWithinMs }) => resolveWithinMs),
    'priorities.<name>.escalate_after': byPriority(({ escalateAfterMs }) => escalateAfterMs),
  },
  elsewhere: {
    receivers: 'list of maps',
    'defaults.guards': 'map',
    'defaults.verify': 'map',
  },
  words: {
    'web.listen_address': 'host:port, or `:port` for all addresses',
    'redis.username': 'of the store',
    'redis.password_file': 'file with the password of the store; it wins over the one in the URL',
    'redis.sentinel_password_file': 'file with the password of the sentinels',
    'redis.ca_file': 'authority of a `rediss://` server, PEM',
    'redis.cert_file': 'client certificate, PEM',
    'redis.key_file': 'its key, PEM',
    'redis.server_name': 'name in the certificate, where it is not the host of the URL',
    'storage.path': 'the embedded store keeps its data in `store` below it',
    clusters: 'what may be acted on; without one every target is unknown',
    'clusters[].name': 'told by targets',
    default_cluster: 'cluster of targets that name none',
    'prometheus.url': 'asked whether the alert fires, and by `prometheus/query`',
    'prometheus.bearer_token_file': 'file with the token that is sent with every question',
    'alertmanager.url': 'asked whether the alert fires, is silenced or inhibited',
    'alertmanager.bearer_token_file': 'file with the token that is sent with every question',
    'alertmanager.settle': 'how long an Alertmanager must be up before its silence about an alert counts',
    'workloads.<name>.kind': 'kind of the workload',
    'workloads.<name>.name': 'name of the workload',
    'workloads.<name>.health_path': 'begins with `/`',
    'workloads.<name>.peers_command': 'prints the peers as JSON; may be run without standing in `exec_allow`',
    endpoints: 'name → address: the only hosts that a probe may ask directly',
    receivers: 'see below',
    escalation_policies: 'who is told in which order',
    'escalation_policies[].name': 'named by rules and by `escalate` steps',
    'escalation_policies[].steps': 'in the order of time',
    'escalation_policies[].steps[].after': 'from the opening of the incident',
    'escalation_policies[].steps[].unless': 'not told once somebody acknowledged',
    'escalation_policies[].steps[].priorities': 'told only of these; all if left out',
    'escalation_policies[].repeat': 'everybody is told again, from the last step on',
    'escalation_policies[].repeat.every': 'time between two rounds',
    'escalation_policies[].repeat.times': 'rounds',
    'escalation_policies[].repeat.unless': 'not once somebody acknowledged',
    'escalation_policies[].fallback': 'receiver told when the policy ran out unanswered, or a receiver could not be reached',
    priorities: 'by `P0`, `P1`, `P2`, `P3`',
    'priorities.<name>.respond_within': NO_EFFECT_YET,
    'priorities.<name>.resolve_within': NO_EFFECT_YET,
    'priorities.<name>.escalate_after': 'from accept to a human, whatever the run does',
    emergency_receiver:
      'receiver told from memory while the store is away, and of a page when neither its receiver nor the fallback can be reached',
    storm: 'too many targets of one cluster that begin to fire at once: nothing is done there, and one incident tells a human',
    'storm.enter':
      'targets that begin to fire within the time, whose alerts some rule takes, acting or observing; `never` switches storms off, which is a warning',
    'storm.leave': 'it is over when no more than these began to fire, for as long as `cooldown`; less than `enter`',
    'storm.cooldown': 'how long it must stay so',
    budget: 'of all effects together, whatever the budgets of their rules say; charged besides those',
    max_in_flight: 'runs that act at once, from their first effect to their end; the others queue by priority, then age',
    'max_in_flight.installation': 'all of them',
    'max_in_flight.cluster': 'in each cluster',
    rule_files: 'paths, with `*`, `?`, `[…]`, `{…}`',
    remediation_files: 'the same',
    'defaults.guards': 'as in a rule',
    'defaults.verify': 'as in a rule, without `check` and `with`',
    'defaults.escalate_after': 'where neither rule nor priority says it',
    'defaults.ladder_memory': 'as in a rule',
    'defaults.deadline': 'as in a rule',
  },
};

export const RECEIVERS: Amendments = { words: { type: 'kind of the receiver', url: 'http or https address; redirects are not followed' } };

export const RULE: Amendments = {
  fallbacks: {
    ...shared(''),
    'target.cluster': '`default_cluster`',
    escalate_after: "the priority's",
    priority: 'the label `priority`, else `P2`',
    escalation: '`defaults.escalation`',
    'remediations[].mode': "the rule's",
  },
  words: {
    'target.find': 'one of these six; it must yield exactly one object',
    'target.find.owner_of': 'a pod whose workload is the target',
    'target.find.claim_of': 'claim of a volume that the pod mounts',
    'remediations[].when': 'climbed also after a rung in which no action applied',
    'verify.with': 'parameters of the check',
    'guards.max_unavailable': "members of the target's workload that may be away at once, percentages rounded down: `1`, `25%`",
    'guards.min_healthy': 'members that must stay healthy, percentages rounded up: `2`, `66%`',
    'guards.loop.max_ineffective': 'runs',
    'guards.loop.within': 'sliding window',
    deadline: 'of the run; time awaiting a human, paused, silenced or inhibited does not count',
    'guards.max_hold': 'bound of every hold; time paused, silenced or inhibited does not count',
    escalation: 'name of an escalation policy; a rule that may ask or act must be able to reach somebody',
  },
};

export const REMEDIATION: Amendments = {
  types: { steps: 'list of steps' },
  words: {
    params: 'by name',
    'params.<name>.type': 'of the value',
    'params.<name>.minimum': 'of a number',
    'params.<name>.maximum': 'of a number',
    'params.<name>.description': 'for whoever reads the recipe',
  },
};

export function stepAmendments(word: StepWord): Amendments {
  return {
    types: { if: 'condition', expect: 'condition' },
    fallbacks: word === 'check' || word === 'collect' ? { timeout: '`10s`' } : {},
    words: {
      if: 'false skips the step',
      check: 'name of a check',
      action: 'name of an action',
      collect: 'name of a collector',
      wait: 'how long; no worker is kept meanwhile',
      escalate: 'ends the run: name of an escalation policy; where there is none of this name, the rule’s own is used',
      timeout: 'of one call, at most 10s',
      retry:
        word === 'action'
          ? 'a retried action is a new effect, through all guards; refused for actions that may happen only once'
          : 'of a check that failed',
      'retry.backoff': 'pause between two tries',
      expect: 'over the outputs so far, its own included; false = the step failed',
      on_failure:
        '`stop`: this remediation failed, the next one is tried · `continue`: on with the next step · `escalate`: a human is woken',
      'verify.check': 'name of a check',
      'verify.with': 'its parameters',
      'verify.within': 'else the step failed',
    },
  };
}
