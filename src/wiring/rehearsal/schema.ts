import { z } from 'zod';
import { ApiFault, Fleet, PodFault, Script } from '../../adapters/sandbox/fleet.ts';
import { duration, name } from '../../config/schema/common.ts';
import { GUARD_NAMES } from '../../core/guards/index.ts';
import { MODES, PRIORITIES } from '../../core/edition.ts';
import { MatcherError, parseMatchers } from '../../core/matcher.ts';
import { reasons, type Reason } from '../../core/reasons.ts';
import { END_STATES, LIVE_STATES } from '../../core/run-state.ts';
import { parseTimestamp } from '../../core/timestamp.ts';

/** A file of tests for rules: `remediad test FILE`. Paths are relative to the file; times are counted from the start of the test. */

const path = z.string().min(1);
const texts = z.record(z.string(), z.string());
const at = duration.describe('since the start of the test');
const reason = z.enum(Object.keys(reasons) as [Reason, ...Reason[]], { error: 'must be one of the reasons in docs/reasons.md' });

const timestamp = z.string().transform((text, context) => {
  const ms = parseTimestamp(text);
  if (ms !== null) return ms;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no time`,
    params: { code: 'bad-value', fix: 'write RFC 3339 in quotes, e.g. "2026-01-05T09:00:00Z"' },
  });
  return z.NEVER;
});

const matchers = z
  .array(
    z.string().superRefine((text, context) => {
      try {
        parseMatchers(text);
      } catch (error) {
        if (!(error instanceof MatcherError)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { code: 'bad-matcher', fix: '' } });
      }
    }),
  )
  .min(1)
  .transform((list) => list.flatMap(parseMatchers));

export const alertSchema = z.strictObject({
  at: at.prefault('0s'),
  until: z
    .union([z.enum(['healthy', 'forever']), duration])
    .default('forever')
    .describe('a time; or `healthy`: it fires while the pod that its labels namespace and pod name is not ready or has a fault'),
  labels: texts,
  annotations: texts.default({}),
});

const podName = { namespace: z.string().min(1), pod: z.string().min(1) };
const workloadName = { kind: z.enum(['StatefulSet', 'Deployment', 'DaemonSet']), namespace: z.string().min(1), name: z.string().min(1) };
const sourceState = z.enum(['normal', 'firing', 'not-firing', 'unreachable']);
const suppressing = z.strictObject({ matchers, for: duration.optional().describe('for ever if left out') });
const by = z.string().min(1).default('somebody');
const human = z.strictObject({ rule: name, by });

/** What may happen besides alerts, a word each. */
export const happenings = {
  pod_fault: z.strictObject({ ...podName, fault: PodFault }).describe('a pod falls ill, as in docs/sandbox.md'),
  api_fault: ApiFault.describe('calls of the cluster fail, as in docs/sandbox.md'),
  node: z.strictObject({ name: z.string().min(1), ready: z.boolean() }),
  scale: z.strictObject({ ...workloadName, replicas: z.int().min(0) }),
  roll_out: z.strictObject(workloadName),
  delete_pod: z.strictObject(podName).describe('by somebody else'),
  restart_container: z.strictObject(podName).describe('by the kubelet'),
  mark: z.strictObject({
    kind: z.string().min(1),
    namespace: z.string().min(1),
    name: z.string().min(1),
    labels: texts.default({}),
    annotations: texts.default({}),
  }),
  script: Script.describe('what a command answers from then on'),
  pause: z.strictObject({ scope: z.string().min(1), by, why: z.string().default('a test'), for: duration.optional() }),
  resume: z.strictObject({ scope: z.string().min(1), by }),
  run: human
    .extend({
      labels: texts.default({}),
      target: z.string().min(1).nullable().default(null),
      why: z.string().default('a test'),
      dry_run: z.boolean().default(false),
    })
    .describe('started by hand'),
  cancel: human.extend({ why: z.string().default('a test') }),
  approve: human,
  reject: human,
  acknowledge: z.strictObject({ rule: name, by }).describe('the open incidents of the rule'),
  silence: suppressing.describe('in Alertmanager'),
  inhibit: suppressing.describe('in Alertmanager'),
  prometheus: sourceState.describe('what it says of every alert from then on; normal = what the alerts of the test do'),
  alertmanager: sourceState,
  query: z
    .strictObject({ expr: z.string().min(1), samples: z.array(z.strictObject({ labels: texts.default({}), value: z.number() })) })
    .describe('what Prometheus answers to this expression from then on'),
  scrape_targets: z
    .strictObject({ up: z.int().min(0), most: z.int().min(0) })
    .describe('how many of its targets Prometheus reaches from then on, and the most that there were; 10 of 10 to begin with'),
  endpoint: z.strictObject({ url: z.string().min(1), status: z.int().min(100).max(599).default(200), body: z.string().default('') }),
  receiver: z.strictObject({ name: z.string().min(1), answers: z.boolean() }).describe('whether messages reach it'),
} as const;
export type Word = keyof typeof happenings;
const words = Object.keys(happenings) as Word[];

const optional = Object.fromEntries(words.map((word) => [word, happenings[word].optional()])) as {
  readonly [W in Word]: z.ZodOptional<(typeof happenings)[W]>;
};

const eventSchema = z.strictObject({ at: at.prefault('0s'), ...optional }).superRefine((event, context) => {
  const told = words.filter((word) => event[word] !== undefined);
  if (told.length === 1) return;
  const message = told.length === 0 ? 'the event does not say what happens' : `the event says ${told.join(' and ')} at once`;
  context.addIssue({ code: 'custom', message, params: { code: 'bad-value', fix: `give it exactly one of ${words.join(', ')}` } });
});

const span = { after: duration.optional().describe('not before'), by: duration.optional().describe('not later than') };
const target = z.string().min(1).optional().describe('its key, namespace/name, or name');
const verdict = z.union([
  z.enum(['pass', 'refuse', 'n/a']),
  z.strictObject({
    result: z.enum(['pass', 'refuse', 'n/a']).default('refuse'),
    reason: reason.optional(),
    have: z.string().optional(),
    need: z.string().optional(),
  }),
]);

export const runSchema = z.strictObject({
  rule: name,
  target,
  state: z.enum([...LIVE_STATES, ...END_STATES]).optional(),
  reason: reason.optional().describe('of its hold, or of its end'),
  would: z.enum(['effect', 'ask', 'escalate', 'nothing']).optional().describe('of an observed run'),
  decision: z.enum(['run', 'ask', 'hold', 'skip', 'escalate', 'observe']).optional().describe('what the guards said last'),
  guards: z
    .partialRecord(z.enum([...GUARD_NAMES, 'gate']), verdict)
    .optional()
    .describe('single verdicts of that decision'),
  remediation: name.optional().describe('the rung that it is on, or ended on'),
  steps: z
    .record(z.string(), z.enum(['ok', 'failed', 'unknown', 'skipped', 'done']))
    .optional()
    .describe('results by step, or by remediation/step'),
  priority: z.enum(PRIORITIES).optional(),
});

export const effectSchema = z.strictObject({
  action: z.string().min(1),
  target,
  rule: name.optional(),
  result: z.enum(['done', 'rejected', 'abandoned', 'unknown', 'intent']).default('done'),
  ...span,
});

export const incidentSchema = z.strictObject({
  reason: reason,
  rule: name.optional(),
  target,
  state: z.enum(['open', 'acknowledged', 'resolved']).optional(),
  priority: z.enum(PRIORITIES).optional(),
  policy: z.string().min(1).optional(),
  ...span,
});

export const messageSchema = z.strictObject({
  receiver: z.string().min(1),
  event: z.enum(['trigger', 'acknowledge', 'resolve']).default('trigger'),
  reason: reason.optional(),
  rule: name.optional(),
  target,
  priority: z.enum(PRIORITIES).optional(),
  ...span,
});

export const checkpointSchema = z.strictObject({
  at,
  runs: z.array(runSchema).optional().describe('all runs so far, oldest first; not looked at if left out'),
  effects: z.array(effectSchema).default([]).describe('all effects so far, oldest first; left out = none'),
  incidents: z.array(incidentSchema).default([]).describe('all incidents so far, oldest first; left out = none'),
  messages: z.array(messageSchema).optional().describe('all messages delivered so far; not looked at if left out'),
});

const sections = z.record(z.string(), z.json()).describe('sections of remediad.yaml in place of those of config_file');

export const testSchema = z.strictObject({
  name: z.string().min(1).max(200),
  mode: z.enum(MODES).optional().describe('of every rule, as if its file said so'),
  config: sections.optional(),
  fleet: Fleet.optional(),
  start: timestamp.optional().describe('RFC 3339; Monday 2026-01-05T00:00:00Z if left out'),
  alerts: z.array(alertSchema).default([]),
  events: z.array(eventSchema).default([]),
  expect: z.array(checkpointSchema).min(1).describe('in the order of their times; the test ends with the last'),
});

const interval = duration.refine((ms) => ms >= 1000, { error: 'must be at least 1s' });

export const testsFileSchema = z.strictObject({
  config_file: path.optional().describe('a remediad.yaml: its clusters are played by the fleet, its receivers by the test'),
  config: sections.optional(),
  rule_files: z.array(path).optional().describe('instead of those of config_file'),
  remediation_files: z.array(path).optional().describe('instead of those of config_file'),
  fleet: Fleet.optional().describe('what there is in the cluster, as in docs/sandbox.md; its built-in fleet if left out'),
  fleet_file: path.optional(),
  labels: texts.default({}).describe('of every alert of the file; its own win'),
  evaluation_interval: interval.prefault('15s').describe('how often Prometheus looks whether an alert still fires'),
  repeat_interval: interval.prefault('1h').describe('how often Alertmanager tells again of an alert that fires'),
  tests: z.array(testSchema).min(1),
});

export type TestsFile = z.output<typeof testsFileSchema>;
export type TestDocument = TestsFile['tests'][number];
export type AlertDocument = TestDocument['alerts'][number];
export type EventDocument = TestDocument['events'][number];
export type Checkpoint = TestDocument['expect'][number];
