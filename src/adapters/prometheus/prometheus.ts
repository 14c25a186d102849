import { parse } from 'yaml';
import { z } from 'zod';
import { ClusterError, type AlertSource, type Metrics, type Web } from '../../core/ports.ts';
import { Query, Rules, StatusConfig, type AlertRule } from './answers.ts';
import { PrometheusApi } from './api.ts';
import { covers, selectorOf } from './selector.ts';

type Labels = Readonly<Record<string, string>>;
type State = Awaited<ReturnType<AlertSource['state']>>;

/** Prometheus at `url` (with its path prefix, if any), asked through `web`, which must let that URL pass. */
export function createPrometheus(url: string, web: Web): AlertSource & Metrics {
  const api = new PrometheusApi(url, web);
  return {
    kind: 'prometheus',
    state: (labels, signal) => alertState(api, labels, signal),
    query: (promql, signal) => instantQuery(api, promql, signal),
  };
}

/** A scalar counts as one series without labels. Throws on a range or a text, which have no value of now. */
async function instantQuery(api: PrometheusApi, promql: string, signal: AbortSignal) {
  const answer = await api.get('query', { query: promql }, Query, signal);
  switch (answer.resultType) {
    case 'vector':
      return answer.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ labels: metric, value: numberOf(value[1]) }]));
    case 'scalar':
      return [{ labels: {}, value: numberOf(answer.result[1]) }];
    default:
      throw new ClusterError('invalid', `the query gives a ${answer.resultType}, not an instant vector: ${promql.slice(0, 200)}`);
  }
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/**
 * Whether an alert with these labels is there. Silence is not an answer: that there is none counts only from a Prometheus that is ready,
 * knows a rule of this name, and evaluated it without error.
 */
async function alertState(api: PrometheusApi, labels: Labels, signal: AbortSignal): Promise<State> {
  const series = await instantQuery(api, selectorOf('ALERTS', labels), signal);
  const found = strongest(series.map((one) => one.labels['alertstate'] ?? ''));
  if (found !== null) return found;
  const [rules, external] = await Promise.all([goodRules(api, labels, signal), externalLabels(api, signal), api.ready(signal)]);
  const asked = withoutExternal(labels, external);
  const active = rules.flatMap(({ alerts = [] }) => alerts.filter((alert) => covers(asked, alert.labels)));
  return strongest(active.map(({ state }) => state)) ?? 'not-firing';
}

function strongest(states: readonly string[]): 'firing' | 'pending' | null {
  if (states.includes('firing')) return 'firing';
  return states.includes('pending') ? 'pending' : null;
}

async function goodRules(api: PrometheusApi, labels: Labels, signal: AbortSignal): Promise<readonly AlertRule[]> {
  const name = labels['alertname'];
  if (name === undefined || name === '')
    throw new ClusterError('invalid', 'an alert is known by its alertname, which is not among the labels asked for');
  const { groups } = await api.get('rules', { type: 'alert', 'rule_name[]': name }, Rules, signal);
  const rules = groups.flatMap((group) => group.rules).filter((rule) => rule.type === 'alerting' && rule.name === name);
  if (rules.length === 0) throw new ClusterError('invalid', `Prometheus has no alerting rule named ${name}`);
  const bad = rules.find(({ health }) => health !== 'ok');
  if (bad !== undefined)
    throw new ClusterError('unreachable', `the rule ${name} is not evaluated (${bad.health}) ${bad.lastError ?? ''}`.trim());
  return rules;
}

const Config = z.looseObject({ global: z.looseObject({ external_labels: z.record(z.string(), z.string()).optional() }).optional() });

async function externalLabels(api: PrometheusApi, signal: AbortSignal): Promise<Labels> {
  const { yaml } = await api.get('status/config', {}, StatusConfig, signal);
  // In the failsafe schema every scalar is text, as a label's value is.
  const config = Config.safeParse(parse(yaml, { schema: 'failsafe' }));
  if (!config.success) throw new ClusterError('invalid', 'Prometheus tells its configuration in a form that is not known');
  return config.data.global?.external_labels ?? {};
}

/**
 * External labels are put on an alert when it is sent, and stand on no series within. An alert that carries another value comes from
 * another Prometheus, of which this one knows nothing.
 */
function withoutExternal(labels: Labels, external: Labels): Labels {
  const foreign = Object.entries(labels).find(([name, value]) => Object.hasOwn(external, name) && external[name] !== value);
  if (foreign !== undefined) {
    throw new ClusterError('invalid', `the alert has ${foreign.join('=')}, which is not an external label of this Prometheus`);
  }
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !Object.hasOwn(external, name)));
}
