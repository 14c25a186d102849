import { quote } from '../../core/matcher/quote.ts';

const legacyName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A selector that matches exactly these label values; an empty value matches a label that is absent. */
export function selectorOf(metric: string, labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${legacyName.test(name) ? name : quote(name)}=${quote(value)}`);
  return `${metric}{${matchers.join(',')}}`;
}

/** Whether a series with these labels is matched by `asked`. */
export function covers(asked: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(asked).every(([name, value]) => (labels[name] ?? '') === value);
}
