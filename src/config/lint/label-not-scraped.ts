import type { Json } from '../../core/json.ts';
import { labelsRead } from '../compile/target.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { accepts, demandsOf, valuesOf } from '../compile/values.ts';
import type { PathSegment } from '../problem.ts';
import { defineLint, type Finding } from './lint.ts';
import { EXTERNAL_LABELS, SHIPPED_ALERTS } from './shipped-alerts.ts';

/** A rule for alerts of monitoring/prometheus that counts on labels which these do not have. */
export const labelNotScraped = defineLint({
  name: 'label-not-scraped',
  summary: 'the rule counts on a label that its alert, one of monitoring/prometheus, does not have',
  check({ rules, root }) {
    return rules.flatMap((rule) => {
      const alerts = alertsOf(rule);
      return readsOf(rule, root.prometheus === undefined).flatMap(({ label, path, external }): Finding[] => {
        const without = alerts.find((alert) => !has(alert, label, external));
        return without === undefined ? [] : [finding(rule, path, label, without)];
      });
    });
  },
});

/** The alerts that the rule names, if all of them are known. */
function alertsOf(rule: CompiledRule): readonly string[] {
  const names = valuesOf(demandsOf(rule).get('alertname') ?? []) ?? [];
  return names.every((name) => Object.hasOwn(SHIPPED_ALERTS, name)) ? names : [];
}

interface LabelRead {
  readonly label: string;
  readonly path: readonly PathSegment[];
  /** External labels count too: a webhook carries them. */
  readonly external: boolean;
}

const has = (alert: string, label: string, external: boolean): boolean =>
  SHIPPED_ALERTS[alert]?.includes(label) === true || (external && EXTERNAL_LABELS.includes(label));

function finding(rule: CompiledRule, path: readonly PathSegment[], label: string, alert: string): Finding {
  const isExternal = EXTERNAL_LABELS.includes(label);
  return {
    rule,
    path,
    message: isExternal
      ? `"${label}" is an external label, which no series of Prometheus has: the alert ${alert} would always look gone there`
      : `the alert ${alert} of monitoring/prometheus has no label "${label}"`,
    fix: isExternal
      ? 'name under verify.alert_labels the labels that the series has, without it'
      : `use one that it has: ${SHIPPED_ALERTS[alert]?.join(', ') ?? ''}`,
  };
}

/** `webhookOnly`: nobody looks for the alert's series. */
function readsOf(rule: CompiledRule, webhookOnly: boolean): readonly LabelRead[] {
  const { document, edition } = rule;
  const { cluster, namespace, find } = document.target;
  const given = { target: { cluster, namespace, find }, priority: document.priority, verify: { with: document.verify.with } } as Json;
  const rungs = document.remediations.map(({ with: values }, index) => textsIn(values, ['remediations', index, 'with']));
  // Those that come from the target are told there, if they are not external.
  const alertLabels = document.verify.alert_labels ?? edition.rule.verify.alertLabels.filter((label) => EXTERNAL_LABELS.includes(label));
  const texts = [...textsIn(given, []), ...rungs.flat()];
  return [
    // A label that may be missing as well is no demand.
    ...[...demandsOf(rule)].flatMap(([label, matchers]) => (accepts(matchers, '') ? [] : [{ label, path: ['matchers'], external: true }])),
    ...texts.flatMap(({ text, path }) => labelsRead(text).map((label) => ({ label, path, external: true }))),
    ...alertLabels.map((label) => ({ label, path: ['verify', 'alert_labels'], external: webhookOnly })),
  ];
}

interface Text {
  readonly text: string;
  readonly path: readonly PathSegment[];
}

/** Every text that reads a label in any case: `has()` asks before it reads. */
function textsIn(value: Json | undefined, path: readonly PathSegment[]): Text[] {
  if (typeof value === 'string') return value.includes('has(') ? [] : [{ text: value, path }];
  if (value === undefined || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, Array.isArray(value) ? Number(key) : key]));
}
