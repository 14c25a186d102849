import type { Json } from '../../core/json.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { accepts, demandsOf, valuesOf } from '../compile/values.ts';
import type { PathSegment } from '../problem.ts';
import { labelsOfSteps, labelsOfValue } from './labels-read.ts';
import { defineLint, type Finding } from './lint.ts';
import { EXTERNAL_LABELS, SHIPPED_ALERTS } from './shipped-alerts.ts';

/** A rule for alerts of monitoring/prometheus that counts on labels which these do not have. */
export const labelNotScraped = defineLint({
  name: 'label-not-scraped',
  summary: 'the rule counts on a label that its alert, one of monitoring/prometheus, does not have',
  check({ rules, root }) {
    return rules.flatMap((rule) => {
      const alerts = alertsOf(rule);
      if (alerts.length === 0) return [];
      return readsOf(rule, root.prometheus === undefined).flatMap((read): Finding[] => {
        const without = alerts.find((alert) => !has(alert, read));
        return without === undefined ? [] : [finding(rule, read, without)];
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
  /** Of the remediation, which other rules may share; null = the rule says it itself. */
  readonly step: string | null;
}

const has = (alert: string, { label, external }: LabelRead): boolean =>
  SHIPPED_ALERTS[alert]?.includes(label) === true || (external && EXTERNAL_LABELS.includes(label));

function finding(rule: CompiledRule, { path, label, step }: LabelRead, alert: string): Finding {
  const isExternal = EXTERNAL_LABELS.includes(label);
  return {
    rule,
    path,
    message: isExternal
      ? `"${label}" is an external label, which no series of Prometheus has: the alert ${alert} would always look gone there`
      : `${step === null ? '' : `its step ${step} reads "${label}", and `}the alert ${alert} of monitoring/prometheus has no label "${label}"`,
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
  const rungs = edition.ladder.flatMap(({ steps }, index) => {
    const given = labelsOfValue(document.remediations[index]?.with, ['remediations', index, 'with']).map(byRule);
    const read = [...labelsOfSteps(steps)].map(([label, step]) => ({ label, path: ['remediations', index, 'use'], external: true, step }));
    return [...given, ...read];
  });
  // Those that come from the target are told there, if they are not external.
  const alertLabels = document.verify.alert_labels ?? edition.rule.verify.alertLabels.filter((label) => EXTERNAL_LABELS.includes(label));
  return [
    // A label that may be missing as well is no demand.
    ...[...demandsOf(rule)].flatMap(([label, matchers]) => (accepts(matchers, '') ? [] : [byRule({ label, path: ['matchers'] })])),
    ...labelsOfValue(given, []).map(byRule),
    ...rungs,
    ...alertLabels.map((label) => ({ label, path: ['verify', 'alert_labels'], external: webhookOnly, step: null })),
  ];
}

const byRule = ({ label, path }: Pick<LabelRead, 'label' | 'path'>): LabelRead => ({ label, path, external: true, step: null });
