import { z } from 'zod';

/** The parts of Prometheus' answers that are read; everything else in them is passed over. */

const Labels = z.record(z.string(), z.string());

/** A sample's value is text, `NaN` and `+Inf` included. */
const Sample = z.tuple([z.number(), z.string()]);

export const Query = z.discriminatedUnion('resultType', [
  z.looseObject({ resultType: z.literal('vector'), result: z.array(z.looseObject({ metric: Labels, value: Sample.optional() })) }),
  z.looseObject({ resultType: z.literal('scalar'), result: Sample }),
  z.looseObject({ resultType: z.enum(['matrix', 'string']) }),
]);

export const Rules = z.looseObject({
  groups: z.array(
    z.looseObject({
      rules: z.array(
        z.looseObject({
          name: z.string(),
          type: z.string(),
          health: z.string(),
          lastError: z.string().optional(),
          alerts: z.array(z.looseObject({ labels: Labels, state: z.string() })).optional(),
        }),
      ),
    }),
  ),
});
export type AlertRule = z.infer<typeof Rules>['groups'][number]['rules'][number];

export const StatusConfig = z.looseObject({ yaml: z.string() });
