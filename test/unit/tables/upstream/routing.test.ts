import { describe, expect, test } from 'vitest';
import type { ActiveRule } from '../../../../src/config/config.ts';
import { indexRules } from '../../../../src/config/rule-index.ts';
import type { Edition } from '../../../../src/core/edition.ts';
import { parseMatchers } from '../../../../src/core/matcher.ts';

/**
 * dispatch/route_test.go of Alertmanager 0.33.1, its tree of routes as a list of rules: children before their parent, with its matchers and
 * theirs. The root, which takes what nobody else takes, is no rule: what no rule takes is left alone.
 */
function rule(name: string, matchers: readonly string[], goesOn = false): ActiveRule {
  const edition = { rule: { name, matchers: matchers.flatMap(parseMatchers) } } as unknown as Edition;
  return { rule: name, hash: name, edition, dry: null, starts: { schedule: null, manual: false, labels: {} }, continue: goesOn };
}

const teamA = ['{owner="team-A"}', '{level!="critical"}'];
const role = ['group_by="role"'];
const rules = indexRules([
  rule('testing-A', [...teamA, '{env="testing"}', '{baz!~".*quux"}']),
  rule('production-A', [...teamA, '{env="production"}'], true),
  rule('production-B', [...teamA, 'env=~"produ.*"', 'job=~".*"']),
  rule('A', teamA),
  rule('BC', ['owner=~"team-(B|C)"']),
  rule('testing-long', [...role, '{env="testing"}', 'wait="long"']),
  rule('testing', [...role, '{env="testing"}']),
  rule('role', role),
]);

describe('rules take alerts as routes do in Alertmanager', () => {
  test.each<[Record<string, string>, string[]]>([
    [{ owner: 'team-A' }, ['A']],
    [{ owner: 'team-A', env: 'unset' }, ['A']],
    [{ owner: 'team-C' }, ['BC']],
    [{ owner: 'team-A', env: 'testing' }, ['testing-A']],
    [{ owner: 'team-A', env: 'production' }, ['production-A', 'production-B']],
    [{ group_by: 'role' }, ['role']],
    [{ env: 'testing', group_by: 'role' }, ['testing']],
    [{ env: 'testing', group_by: 'role', wait: 'long' }, ['testing-long']],
    [{ owner: 'team-A', level: 'critical' }, []],
    [{ owner: 'team-A', env: 'testing', baz: 'a-quux' }, ['A']],
    [{ owner: 'nobody' }, []],
  ])('%j', (labels, expected) => {
    expect(rules({ labels }).map((one) => one.rule)).toEqual(expected);
  });
});
