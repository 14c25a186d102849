import { z } from 'zod';
import type { Check, Subject } from '../../core/capability.ts';
import { told, unknown } from '../output.ts';

const Params = z.strictObject({
  labels: z
    .record(z.string(), z.string())
    .optional()
    .describe("Labels that the alert must bear; default: the run's own alert, by the rule's `verify.alert_labels`."),
});

/** Asks the sources in their order; the first that can tell is believed. */
export const alertFiring: Check<z.infer<typeof Params>> = {
  name: 'alert/firing',
  summary: 'Tells whether an alert is firing; ok = it fires.',
  params: Params,
  rights: [],
  output: {
    state: { type: 'string', describe: 'firing, pending or not-firing.' },
    source: { type: 'string', describe: 'Who said so: prometheus or alertmanager.' },
  },
  async run(subject, params, { sources, signal }) {
    const labels = params.labels ?? ownLabels(subject);
    if (Object.keys(labels).length === 0) return unknown('no labels tell which alert is meant');
    const failures: string[] = [];
    for (const source of sources) {
      try {
        const state = await source.state(labels, signal);
        return told(state === 'firing', `${source.kind} says ${state}`, { state, source: source.kind });
      } catch (error) {
        failures.push(`${source.kind}: ${(error as Error).message}`);
      }
    }
    return unknown(failures.length === 0 ? 'neither Prometheus nor Alertmanager is configured' : failures.join('; '));
  },
};

function ownLabels({ run, edition }: Subject): Record<string, string> {
  const names = new Set(edition.rule.verify.alertLabels);
  return Object.fromEntries(Object.entries(run.labels).filter(([name]) => names.has(name)));
}
