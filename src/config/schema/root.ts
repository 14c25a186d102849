import { z } from 'zod';
import { isDns1123Label } from '../../core/dns1123.ts';
import { MODES, PRIORITIES } from '../../core/edition.ts';
import { receiverSchema } from '../../core/receivers.ts';
import { compileRegexp } from '../../core/regexp.ts';
import { duration, durationBetween, durationOrNever, name, percentage } from './common.ts';
import { clusterSchema } from './cluster.ts';
import { budgetSchema, guardsSchema, verifySchema } from './rule.ts';
import { timeIntervalSchema } from './time-interval.ts';

/** `remediad.yaml`. Paths are relative to the file. Every section may be left out. */

const year = 31_536_000_000;
const path = z.string().min(1);

const webAddress = z
  .string()
  .refine(isWebAddress, { error: 'must be an http or https address without user, password, query and fragment' });

const source = z.strictObject({
  url: webAddress,
  bearer_token_file: path.optional().describe('file with the token sent to it'),
});

const pattern = z.string().transform((text, context) => {
  try {
    compileRegexp(text);
    return text;
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: (error as Error).message,
      params: { code: 'bad-value', fix: 'write an RE2 pattern; it must match the whole argument' },
    });
    return z.NEVER;
  }
});

export const workloadSchema = z.strictObject({
  kind: z.enum(['StatefulSet', 'Deployment', 'DaemonSet']),
  name: z.string().min(1),
  container: z.string().min(1).describe('the container in which commands run and processes are signalled'),
  process: z.string().min(1).optional().describe('executable of the main process'),
  ports: z
    .record(z.string(), z.int().min(1).max(65_535))
    .default({})
    .describe('read as workload.ports.NAME; metrics also as workload.metrics_port'),
  health_path: z.string().startsWith('/', { error: 'must begin with "/"' }).optional(),
  peers_command: z.array(z.string()).min(1).optional().describe('prints the peers as JSON'),
  claim_prefix: z.string().min(1).optional().describe('name of a claim without the name of its pod'),
  replicas: z.int().min(0).optional().describe('usual size: rules whose guards could never pass for it are refused'),
});

const unless = z.literal('acknowledged').optional();
const notify = z.array(z.string().min(1)).min(1).describe('names of receivers');

export const policySchema = z.strictObject({
  name,
  steps: z
    .array(
      z.strictObject({
        after: durationBetween(0, 7 * 86_400_000),
        notify,
        unless,
        priorities: z.array(z.enum(PRIORITIES)).min(1).optional(),
      }),
    )
    .min(1),
  repeat: z.strictObject({ every: durationBetween(60_000, 86_400_000), times: z.int().min(1).max(1000), unless }).optional(),
  fallback: z.string().min(1).optional().describe('receiver told when none of the others could be'),
});

export const prioritySchema = z.strictObject({
  respond_within: durationBetween(60_000, year).optional(),
  resolve_within: durationBetween(60_000, year).optional(),
  escalate_after: durationOrNever.optional(),
  notify: z.array(z.string().min(1)).default([]).describe('receivers told besides those of the policy'),
});

/** A team's rules stay within it. */
export const teamSchema = z.strictObject({
  name: z.string().min(1).describe('what rules call it under `team`'),
  namespaces: z
    .array(z.string().refine(isDns1123Label, { error: 'must be the name of a namespace: lower-case letters, digits and "-"' }))
    .min(1)
    .describe('where alone its rules act'),
  receivers: z.array(z.string().min(1)).default([]).describe('its own: rules of teams that do not name them here do not tell them'),
  escalation: name.optional().describe('policy of its rules that name none'),
  highest_mode: z.enum(MODES).default('observe').describe('what its rules may do at most'),
});

const atOnce = z.int().min(1).max(1000);

export const rootSections = {
  global: z
    .strictObject({
      external_url: webAddress.optional().describe('where a browser reaches remediad'),
      dry_run: z.boolean().default(false).describe('observe only, whatever the rules say'),
      config_watch: z.boolean().default(true).describe('whether a change of the files reloads them by itself'),
      installation: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,30}$/, { error: 'must be a lower-case letter and then at most 30 letters, digits and "-"' })
        .default('remediad')
        .describe('part of every key in the store'),
      fresh_store_hold: durationBetween(0, 86_400_000)
        .optional()
        .describe('how long nothing is done on a store that is new or was failed over; 10m if left out'),
    })
    .prefault({}),
  web: z
    .strictObject({
      listen_address: z.string().optional().describe('host:port; 127.0.0.1:8484 if left out'),
      bearer_token_file: path.optional().describe('tokens that callers must show, one a line; without it only loopback is served'),
    })
    .prefault({}),
  redis: z
    .strictObject({
      url: z.string().optional().describe('redis://, rediss://, unix:// or redis-sentinel://; a store of its own if left out'),
      username: z.string().min(1).optional(),
      password_file: path.optional(),
      sentinel_password_file: path.optional(),
      ca_file: path.optional(),
      cert_file: path.optional(),
      key_file: path.optional(),
      server_name: z.string().min(1).optional(),
    })
    .prefault({}),
  storage: z.strictObject({ path: path.optional().describe('directory of the embedded store; data if left out') }).prefault({}),
  clusters: z.array(clusterSchema).default([]),
  default_cluster: name.optional().describe('cluster of targets that name none; the only one if left out'),
  prometheus: source
    .extend({
      blindness: z
        .strictObject({
          max_missing: percentage.optional().describe('share of its scrape targets that may be gone at once; 100% = all'),
          min_targets: z.int().min(1).optional().describe('of fewer targets a share says nothing'),
          within: durationBetween(60_000, 86_400_000).optional().describe('compared with the most targets that there were in this time'),
        })
        .optional()
        .describe('when more than that is gone, nothing is done: we suspect that we do not see'),
    })
    .optional(),
  alertmanager: source
    .extend({
      settle: durationBetween(0, 86_400_000)
        .optional()
        .describe('how long an Alertmanager must be up before its silence about an alert counts; 5m if left out'),
    })
    .optional(),
  receivers: z.array(receiverSchema).default([]),
  escalation_policies: z.array(policySchema).default([]),
  teams: z.array(teamSchema).default([]).describe('where there is one, each rule belongs to one'),
  time_intervals: z.array(timeIntervalSchema).default([]).describe("Alertmanager's, for the rules to name"),
  priorities: z.partialRecord(z.enum(PRIORITIES), prioritySchema).default({}),
  workloads: z.record(z.string().min(1), workloadSchema).default({}).describe('by the value of the label app'),
  budget: budgetSchema.omit({ scope: true }).partial().prefault({}),
  max_in_flight: z
    .strictObject({
      installation: atOnce.optional().describe('all of them; 5 if left out'),
      cluster: atOnce.optional().describe('in each cluster; 3 if left out'),
    })
    .prefault({}),
  storm: z
    .strictObject({
      enter: z
        .union([z.int().min(2).max(10_000), z.literal('never')], { error: 'must be a number of targets from 2 on, or never' })
        .optional(),
      leave: z.int().min(0).max(10_000).optional().describe('less than enter'),
      within: durationBetween(1000, 86_400_000).optional().describe('sliding window'),
      cooldown: durationBetween(0, 86_400_000).optional(),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      guards: guardsSchema.default({}),
      verify: verifySchema.pick({ within: true, stable_for: true, alert_labels: true }).default({}),
      escalate_after: durationOrNever.optional().describe('where neither rule nor priority says it'),
      escalation: name.optional().describe('policy of rules that name none'),
      ladder_memory: duration.optional(),
      deadline: durationBetween(60_000, 604_800_000).optional(),
    })
    .prefault({}),
  endpoints: z.record(name, webAddress).default({}).describe('the only hosts that a probe may ask directly'),
  exec_allow: z.array(z.array(pattern).min(1)).default([]).describe('argument lists that may be run: an RE2 pattern for each argument'),
  emergency_receiver: z
    .string()
    .min(1)
    .optional()
    .describe('told when the store is away, and when neither the receivers of a page nor its fallback could be reached'),
  rule_files: z.array(path).default(['rules/*.yaml']),
  remediation_files: z.array(path).default(['remediations/*.yaml']),
} as const;

/** Sections that say what rules do and who is told; all others concern the process. */
export const RULE_SECTIONS: ReadonlySet<string> = new Set<RootSection>([
  'receivers',
  'escalation_policies',
  'teams',
  'time_intervals',
  'priorities',
  'workloads',
  'budget',
  'max_in_flight',
  'storm',
  'defaults',
  'exec_allow',
  'emergency_receiver',
  'rule_files',
  'remediation_files',
]);

export type RootSection = keyof typeof rootSections;
export type RootDocument = { readonly [S in RootSection]: z.output<(typeof rootSections)[S]> };

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
