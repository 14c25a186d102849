import { z } from 'zod';
import type { Check } from '../../core/capability.ts';
import { reading, told, unknown } from '../output.ts';

const Params = z.strictObject({
  query: z.string().min(1).max(10_000).describe('PromQL that yields exactly one series. Quote label values with promql().'),
});

/** An empty answer is no good news: the series may be missing for the very reason that is looked for. */
export const prometheusQuery: Check<z.infer<typeof Params>> = {
  name: 'prometheus/query',
  summary: 'Evaluates PromQL that yields one number; ok = there is exactly one.',
  params: Params,
  rights: [],
  output: {
    value: { type: 'dyn', describe: 'The number.' },
    labels: { type: 'map', describe: 'Labels of its series.' },
  },
  async run(_subject, { query }, { metrics, signal }) {
    if (metrics === null) return unknown('no Prometheus is configured');
    return reading(
      async () => {
        const series = await metrics.query(query, signal);
        const [one] = series;
        if (one === undefined) return unknown('the query yields nothing');
        if (series.length > 1) return unknown(`the query yields ${series.length} series, exactly one is needed: aggregate it`);
        if (!Number.isFinite(one.value)) return unknown(`the query yields ${one.value}`);
        return told(true, `the query yields ${one.value}`, { value: one.value, labels: one.labels });
      },
      (error) => error instanceof Error,
    );
  },
};
