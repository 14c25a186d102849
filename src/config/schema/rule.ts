import { z } from 'zod';
import { MODES } from '../../core/edition.ts';
import { CronError, parseCron } from '../../core/schedule/cron.ts';
import { isZone } from '../../core/time-interval/local-time.ts';
import { capability, duration, durationBetween, durationOrNever, labelName, members, name, template, templates } from './common.ts';

/** `rules/*.yaml`: which alerts matter, on which target, and what to do about them. */

const day = 86_400_000;

export const budgetSchema = z.strictObject({
  max: z.int().min(1).describe('effects within the window'),
  per: durationBetween(1000, 30 * day).describe('length of the sliding window'),
  scope: z.enum(['target', 'workload', 'namespace', 'rule', 'cluster', 'installation']).describe('what is counted together'),
});

export const guardsSchema = z.strictObject({
  cooldown: duration.optional().describe("from the end of an acted run on this subject to the next run's first effect"),
  target_cooldown: duration.optional().describe('the same for one target across all rules'),
  budgets: z.array(budgetSchema).max(10).optional().describe('sliding windows; all must have room'),
  max_in_flight: z.int().min(1).max(1000).optional().describe('runs of the rule that may act at once'),
  max_unavailable: members.optional().describe("members of the target's workload that may be away at once: 1, or 25%"),
  min_healthy: members.optional().describe('members that must stay healthy: 2, or 66%'),
  quorum: z.enum(['majority', 'off']).optional().describe('majority: a StatefulSet keeps more than half of its members'),
  min_age: duration.optional().describe('a younger pod is settling'),
  loop: z
    .strictObject({ max_ineffective: z.int().min(1), within: duration })
    .optional()
    .describe('acted runs on this subject that did not help, before a human is woken instead'),
  max_hold: durationBetween(1000, day).optional().describe('bound of every hold'),
  unknown_grace: durationBetween(0, day).optional().describe('how long a fact may stay unreadable'),
  protected_namespaces: z.array(z.string().min(1)).optional().describe('namespaces in which nothing is touched'),
});

export const verifySchema = z.strictObject({
  within: durationBetween(1000, day)
    .optional()
    .describe('until the alert is clear and the target healthy for the first time; at least 15m without Prometheus and Alertmanager'),
  stable_for: durationBetween(0, day).optional().describe('how long it must stay so'),
  alert_labels: z
    .array(labelName)
    .min(1)
    .optional()
    .describe('labels that name the alert at Prometheus and Alertmanager, whatever becomes of the target'),
  check: capability.optional().describe('a check that must be ok besides'),
  with: templates.optional().describe('its parameters'),
});

export const FINDERS = ['name', 'pod_ip', 'node_name', 'owner_of', 'claim_of', 'selector'] as const;

const find = z
  .strictObject({
    name: template.optional().describe('name of the object'),
    pod_ip: template.optional().describe('address of the pod, e.g. ${host(labels.instance)}'),
    node_name: template.optional().describe('node on which the pod runs'),
    owner_of: template.optional().describe('workload that owns the pod'),
    claim_of: template.optional().describe('claim that the pod mounts'),
    selector: template.optional().describe('labels of the pod, a=b,c=d'),
  })
  .refine((value) => FINDERS.filter((by) => value[by] !== undefined).length === 1, {
    error: `must hold exactly one of ${FINDERS.join(', ')}`,
  })
  .meta({ minProperties: 1, maxProperties: 1 });

export const targetSchema = z.strictObject({
  kind: z.enum(['Pod', 'Deployment', 'StatefulSet']).describe('kind of the object'),
  cluster: template.optional().describe('name of a cluster; the default cluster if left out'),
  namespace: template.describe('namespace of the object'),
  find: find.describe('how exactly one object is found'),
});

const cron = z.string({ error: 'must be a schedule such as "0 3 * * *"' }).superRefine((text, context) => {
  try {
    parseCron(text);
  } catch (error) {
    const { message, fix } = error as CronError;
    context.addIssue({ code: 'custom', message, params: { code: 'bad-value', fix } });
  }
});

export const rungSchema = z.strictObject({
  use: name.describe('name of a remediation'),
  with: templates.default({}).describe('its parameters'),
  mode: z
    .enum(MODES)
    .optional()
    .describe(
      'stricter than the rule, never looser; where a rule that may act comes to a rung that only observes, a human is told what it would do',
    ),
  when: z.array(z.literal('not-applicable')).default([]).describe('also tried after a rung that did not apply'),
});

const needs = (key: string, value: unknown) => ({ required: [key], properties: { [key]: { const: value } } });

/** What starts a rule, for editors; the loader says it in words. */
const startedBy = {
  anyOf: [{ required: ['matchers'] }, { required: ['schedule'] }, needs('manual', true)],
  not: { required: ['matchers', 'schedule'] },
  dependentRequired: { timezone: ['schedule'], on_missed: ['schedule'] },
  dependentSchemas: {
    starting_deadline: needs('on_missed', 'run_once'),
    labels: { anyOf: [{ required: ['schedule'] }, needs('manual', true)] },
  },
};

export const ruleSchema = z
  .strictObject({
    name: name.describe('unique among all rules'),
    description: z.string().default('').describe('what it means when this alert fires'),
    team: z.string().min(1).optional().describe('whose rule it is'),
    matchers: z
      .array(z.string().meta({ pattern: '=|!~' }))
      .min(1)
      .optional()
      .describe("Alertmanager's matchers, all of which must match; or see schedule and manual"),
    continue: z.boolean().default(false).describe('let later rules take the alert too'),
    schedule: cron
      .optional()
      .describe('in place of matchers: five fields of cron, or a name such as @daily, as in a CronJob of Kubernetes'),
    timezone: z
      .string()
      .refine(isZone, { error: 'must be a place of the IANA time zone database, such as Europe/Berlin' })
      .optional()
      .describe('whose clocks the schedule means; UTC if left out'),
    on_missed: z
      .enum(['skip', 'run_once'])
      .optional()
      .describe('of ticks that passed while nobody could start a run: none (a minute late at most), or the last one; skip if left out'),
    starting_deadline: durationBetween(60_000, 7 * day)
      .optional()
      .describe('how late a missed tick still starts its run; 1h if left out'),
    manual: z.boolean().default(false).describe('remediad run may start it, whether matchers or a schedule do or not'),
    labels: z.record(labelName, z.string()).optional().describe('what a run that no alert started reads as labels'),
    mode: z.enum(MODES).default('observe').describe('what the rule may do: only look, ask first, or act'),
    target: targetSchema,
    remediations: z.array(rungSchema).min(1).describe('the ladder: the next one is tried when the one before did not help'),
    verify: verifySchema.default({}).describe('when it counts as fixed'),
    guards: guardsSchema.default({}).describe('what must hold before anything is done'),
    active_time_intervals: z.array(name).min(1).optional().describe('time intervals in which alone it acts'),
    mute_time_intervals: z.array(name).min(1).optional().describe('time intervals in which it neither acts nor pages, but for P0'),
    ladder_memory: duration.optional().describe('how long the next run on this subject goes on where the last one ended'),
    deadline: durationBetween(60_000, 7 * day)
      .optional()
      .describe('of the run; time awaiting a human does not count'),
    escalate_after: durationOrNever.optional().describe('from the alert to a human, whatever the run does'),
    priority: template.optional().describe('P0 to P3, or an expression over labels and annotations'),
    escalation: name.optional().describe('name of an escalation policy'),
  })
  .meta(startedBy);

export type RuleDocument = z.output<typeof ruleSchema>;
export type GuardsDocument = z.output<typeof guardsSchema>;

export const rulesFileSchema = z.strictObject({ rules: z.array(z.unknown()).describe('in the order in which they are asked') });
