import type { Problem } from '../problem.ts';
import { broadMatch } from './broad-match.ts';
import { deadlineTooShort } from './deadline-too-short.ts';
import { labelNotScraped } from './label-not-scraped.ts';
import { problemOf, type Lint, type RuleSet } from './lint.ts';
import { looseGuard } from './loose-guard.ts';
import { noSource } from './no-source.ts';
import { noWindow } from './no-window.ts';
import { outsideWindow } from './outside-window.ts';
import { sameTarget } from './same-target.ts';
import { shadowed } from './shadowed.ts';

/** Every lint. A new one is a file, its line here, its code in problem.ts and its table in test/unit/config/lint. */
export const LINTS = [
  broadMatch,
  looseGuard,
  noSource,
  noWindow,
  outsideWindow,
  deadlineTooShort,
  shadowed,
  sameTarget,
  labelNotScraped,
] as const;

export type LintName = (typeof LINTS)[number]['name'];

export const LINT_NAMES: readonly LintName[] = LINTS.map(({ name }) => name);

/** What the named lints say of a configuration that has no errors. */
export function runLints(set: RuleSet, names: readonly LintName[] = LINT_NAMES): Problem[] {
  return LINTS.filter(({ name }) => names.includes(name)).flatMap((lint: Lint) =>
    lint.check(set).map((finding) => problemOf(lint, finding, set)),
  );
}
