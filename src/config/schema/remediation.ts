import { z } from 'zod';
import { capability, condition, durationBetween, name, template, templates } from './common.ts';

/** `remediations/*.yaml`: a recipe, its parameters and its steps. */

export const PARAMETER_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'map'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export const parameterSchema = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  default: z.json().optional().describe('taken when the parameter is not given; without it the parameter must be given'),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.json()).min(1).optional().describe('the only values allowed'),
  description: z.string().optional(),
});
export type Parameter = z.output<typeof parameterSchema>;

const base = {
  name: name.describe('unique in the recipe; later steps read it as steps.NAME'),
  if: condition.optional().describe('CEL; false skips the step'),
};
const withParameters = templates.default({}).describe('parameters, with ${…} in any text');
/** The bound is checked later, to say what to do instead. */
const timeout = durationBetween(1, 86_400_000).optional().describe('of one call, at most 10s; that of an action always has 10s');
const retry = z
  .strictObject({ attempts: z.int().min(1).max(10).describe('all tries'), backoff: durationBetween(0, 3_600_000).default(5000) })
  .optional()
  .describe('a retried action goes through all guards again');
const onFailure = z.enum(['stop', 'continue', 'escalate']).default('stop').describe('stop: this remediation failed, the next one is tried');

export const stepSchemas = {
  check: z.strictObject({
    ...base,
    check: capability,
    with: withParameters,
    timeout,
    expect: condition.optional().describe('CEL over the output; false = the step failed'),
    retry,
    on_failure: onFailure,
  }),
  action: z.strictObject({
    ...base,
    action: capability,
    with: withParameters,
    settle: durationBetween(0, 3_600_000).default(0).describe('pause after the effect'),
    verify: z
      .strictObject({ check: capability, with: withParameters, within: durationBetween(1000, 86_400_000) })
      .optional()
      .describe('a check that must become ok after the effect'),
    retry,
    on_failure: onFailure,
  }),
  collect: z.strictObject({ ...base, collect: capability, with: withParameters, timeout }),
  wait: z.strictObject({ ...base, wait: durationBetween(1000, 86_400_000) }),
  escalate: z.strictObject({
    ...base,
    escalate: z.string().min(1).describe('whom the case is handed to'),
    message: template.describe('what the human must know'),
  }),
  use: z.strictObject({ ...base, use: name.describe('name of another remediation'), with: withParameters }),
} as const;

export type StepWord = keyof typeof stepSchemas;
export const STEP_WORDS = Object.keys(stepSchemas) as StepWord[];
export type StepDocument = { [W in StepWord]: { readonly word: W; readonly step: z.output<(typeof stepSchemas)[W]> } }[StepWord];

export const remediationSchema = z.strictObject({
  name: name.describe('unique among all remediations'),
  description: z.string().default('').describe('what the recipe does'),
  params: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/, { error: 'must be lower-case letters, digits and "_"' }), parameterSchema)
    .default({}),
  steps: z.array(z.unknown()).min(1).describe('in order'),
});
