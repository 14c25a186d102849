import { formatDuration } from '../../core/duration.ts';
import { textOf, type Json } from '../../core/json.ts';
import type { CompiledRule } from '../compile/rule.ts';
import type { RuleSet } from '../lint/lint.ts';
import type { PathSegment } from '../problem.ts';

/** Who said what holds; whoever stands first wins. */
export type Origin = 'rule' | 'priorities' | 'defaults' | 'built in';

/** One thing that holds for a rule, and where it was said. */
export interface EffectiveSetting {
  /** The key, as it is written in a rule. */
  readonly name: string;
  /** Durations are `{text, ms}`; null = there is none. */
  readonly value: Json;
  readonly from: Origin;
  /** null = it is built in. */
  readonly file: string | null;
  readonly line: number | null;
}

/** Where a setting may have been written, the strongest first. */
export interface Layer {
  readonly from: Origin;
  /** It stands there. */
  readonly given: boolean;
  /** From the top of the rule, or of the root file. */
  readonly path: readonly PathSegment[];
}

/** A duration as both people and programs read it. */
export const durationOf = (ms: number): { readonly text: string; readonly ms: number } => ({ text: formatDuration(ms), ms });

/** The setting, said to come from the first layer in which it stands. */
export function settingFrom(name: string, value: Json, layers: readonly Layer[], rule: CompiledRule, set: RuleSet): EffectiveSetting {
  const layer = layers.find(({ given }) => given);
  if (layer === undefined) return { name, value, from: 'built in', file: null, line: null };
  const source = layer.from === 'rule' ? rule.source : set.rootSource;
  const path = layer.from === 'rule' ? [...rule.path, ...layer.path] : layer.path;
  return { name, value, from: layer.from, file: source?.file ?? null, line: source?.place(path).line ?? null };
}

/** A value as it would be written. */
export function valueText(value: Json): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : (value as readonly Json[]).map(valueText).join(', ');
  if (typeof value !== 'object') return String(value);
  if ('text' in value && 'ms' in value) return textOf(value['text'] ?? '');
  return Object.entries(value)
    .map(([key, member]) => `${key} ${valueText(member)}`)
    .join(' ');
}
