import type { Edition } from './edition.ts';
import { renderTarget } from './target.ts';
import type { Target } from './run.ts';

/** Why a human's start cannot be carried out; the message says what to give. */
export class ManualStartError extends Error {
  override readonly name = 'ManualStartError';
}

type Labels = Readonly<Record<string, string>>;

/**
 * The labels from which the rule renders just this target, and the target: what was given, and what of `wanted` (`Kind/namespace/name`) they
 * leave open. Throws `ManualStartError` where they do not say enough, or the rule acts on another object.
 */
export function manualTarget(
  edition: Edition,
  given: Labels,
  wanted: string | null,
  defaultCluster: string | null,
): { readonly labels: Labels; readonly target: Target } {
  const asked = wanted === null ? null : parseTarget(edition, wanted);
  const labels = asked === null ? given : { ...given, ...labelsFrom(edition, asked) };
  const target = renderTarget(edition, { fingerprint: '', labels, annotations: {} }, defaultCluster);
  if (target.unresolved !== null) {
    throw new ManualStartError(`the target cannot be told: ${target.unresolved}; give label=value for each label that is missing`);
  }
  if (asked !== null && (target.namespace !== asked.namespace || target.find.value !== asked.name)) {
    throw new ManualStartError(
      `the rule would act on ${target.key}, not on ${asked.text}: give its labels, label=value, in place of a target`,
    );
  }
  return { labels, target };
}

interface Asked {
  /** As it was given. */
  readonly text: string;
  readonly namespace: string;
  readonly name: string;
}

function parseTarget({ rule }: Edition, wanted: string): Asked {
  const [kind = '', namespace = '', name = '', ...more] = wanted.split('/');
  if (namespace === '' || name === '' || more.length > 0) throw new ManualStartError(`a target is Kind/namespace/name, found "${wanted}"`);
  if (kind.toLowerCase() !== rule.target.kind.toLowerCase()) {
    throw new ManualStartError(`the rule acts on the kind ${rule.target.kind}, not on ${kind}`);
  }
  if (rule.target.find.by !== 'name') {
    throw new ManualStartError(`the rule finds its target by ${rule.target.find.by}: give labels, label=value, in place of a target`);
  }
  return { text: wanted, namespace, name };
}

/** A template that is one label says what the label must be. What is more than that is only compared. */
function labelsFrom({ rule }: Edition, { namespace, name }: Asked): Labels {
  const { target } = rule;
  const pairs = [
    [target.namespace, namespace],
    [target.find.value, name],
  ] as const;
  return Object.fromEntries(
    pairs.flatMap(([template, value]) => {
      const label = /^\$\{\s*labels\.(\w+)\s*\}$/.exec(template)?.[1];
      return label === undefined ? [] : [[label, value]];
    }),
  );
}
