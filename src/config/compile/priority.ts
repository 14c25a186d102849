import { PRIORITIES, type Priority } from '../../core/edition.ts';
import type { PathSegment, Problem } from '../problem.ts';
import type { YamlSource } from '../yaml-source.ts';
import { hasTemplate } from './arguments.ts';
import { Reader } from './reader.ts';
import { inPriority } from './variables.ts';

/** The priorities that a run of the rule at `path` may have; one that is none is told. */
export function possiblePriorities(
  priority: string | undefined,
  source: YamlSource,
  path: readonly PathSegment[],
  problems: Problem[],
): readonly Priority[] {
  if (priority === undefined) return PRIORITIES;
  const place = [...path, 'priority'];
  if (hasTemplate(priority)) {
    new Reader({ roots: inPriority }, source, problems).template(priority, place);
    return PRIORITIES;
  }
  const literal = PRIORITIES.filter((one) => one === priority);
  if (literal.length === 0) {
    const message = `must be one of ${PRIORITIES.join(', ')} or an expression, found "${priority}"`;
    problems.push(source.problem('bad-value', place, message, ''));
  }
  return literal;
}
