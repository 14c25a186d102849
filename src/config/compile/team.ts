import type { Edition, EscalationPolicy, Rung } from '../../core/edition.ts';
import type { Team } from '../config.ts';
import { isLooser } from '../defaults.ts';
import type { PathSegment, ProblemCode } from '../problem.ts';
import type { RuleDocument } from '../schema/rule.ts';
import { hasTemplate } from './arguments.ts';
import { suggestion } from './reader.ts';
import type { Setting } from './setting.ts';

interface OfTeam {
  readonly document: RuleDocument;
  readonly ladder: readonly Rung[];
  readonly escalation: EscalationPolicy | null;
  readonly handOver: NonNullable<Edition['handOver']>;
}

/** `path` is relative to the rule. */
type Tell = (code: ProblemCode, path: readonly PathSegment[], message: string, fix: string) => void;

/** A rule stays within its team: its namespaces, its highest mode, its receivers and those that nobody claims. null = it has no such team. */
export function checkTeam(team: Team | null, rule: OfTeam, { teams, broken }: Setting, tell: Tell): void {
  if (teams.size === 0 || broken.has('teams')) return;
  const { mode, target, team: named } = rule.document;
  if (team === null) {
    if (named === undefined)
      tell('missing-key', [], 'the rule belongs to no team, and there are teams', `add "team": ${[...teams.keys()].join(', ')}`);
    else tell('unknown-team', ['team'], `there is no team "${named}"`, suggestion(named, [...teams.keys()]));
    return;
  }
  if (isLooser(mode, team.highestMode)) {
    const fix = `set the rule to ${team.highestMode}, or the team's highest_mode to ${mode}`;
    tell('above-team', ['mode'], `mode ${mode} is looser than the highest of team ${team.name}, ${team.highestMode}`, fix);
  }
  if (!hasTemplate(target.namespace) && !team.namespaces.includes(target.namespace)) {
    const message = `namespace "${target.namespace}" is none of team ${team.name}'s`;
    tell('outside-team', ['target', 'namespace'], message, suggestion(target.namespace, team.namespaces));
  }
  checkReceivers(team, rule, teams, tell);
}

/** Receivers that a priority adds, and the emergency receiver, are the operator's own choice for everybody. */
function checkReceivers(team: Team, { document, ladder, escalation, handOver }: OfTeam, teams: Setting['teams'], tell: Tell): void {
  const check = (policy: EscalationPolicy, path: readonly PathSegment[]): void => {
    for (const receiver of receiversOf(policy)) {
      const owners = [...teams.values()].filter(({ receivers }) => receivers.includes(receiver)).map(({ name }) => name);
      if (owners.length === 0 || owners.includes(team.name)) continue;
      const message = `policy ${policy.name} tells ${receiver}, a receiver of ${owners.join(', ')}`;
      tell('others-receiver', path, message, `name a policy that tells receivers of team ${team.name}, or add ${receiver} to these`);
    }
  };
  if (escalation !== null) check(escalation, document.escalation === undefined ? [] : ['escalation']);
  for (const [index, { steps }] of ladder.entries()) {
    const named = new Set(steps.flatMap((step) => (step.word === 'escalate' ? [step.to] : [])));
    for (const to of named)
      if (Object.hasOwn(handOver, to) && handOver[to] !== undefined) check(handOver[to], ['remediations', index, 'use']);
  }
}

function receiversOf({ steps, fallback }: EscalationPolicy): ReadonlySet<string> {
  return new Set([...steps.flatMap(({ notify }) => notify), ...(fallback === null ? [] : [fallback])]);
}
