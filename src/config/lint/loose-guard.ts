import type { Budget, Members, WorkloadEntry } from '../../core/edition.ts';
import { formatDuration } from '../../core/duration.ts';
import { maxUnavailable } from '../../core/members.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { defaultBudget, defaultGuards } from '../defaults.ts';
import type { RootDocument } from '../schema/root.ts';
import type { GuardsDocument } from '../schema/rule.ts';
import { defineLint, type Finding } from './lint.ts';

/** A guard that somebody switched off, or loosened so far beyond its default that it hardly ever refuses. Told where it was written. */
export const looseGuard = defineLint({
  name: 'loose-guard',
  summary: 'a guard is switched off, or far looser than by default',
  check({ rules, root, setting }) {
    const all = Object.values(setting.workloads);
    return [
      ...findings(null, ['defaults', 'guards'], root.defaults.guards, {
        kind: null,
        workloads: all,
        cooldownMs: setting.guards.cooldownMs,
      }),
      ...rules.flatMap((rule) => findings(rule, ['guards'], rule.document.guards, scopeOf(rule))),
      ...unprotected(root.defaults.guards),
      ...unbounded(root.budget),
    ];
  },
});

/** What the guards are about. */
interface Scope {
  /** Kind of the target; null = of any. */
  readonly kind: string | null;
  /** Those known that the rule may meet. */
  readonly workloads: readonly WorkloadEntry[];
  readonly cooldownMs: number;
}

interface Loose {
  readonly key: keyof GuardsDocument;
  readonly message: string;
}

type Look = (written: GuardsDocument, scope: Scope) => Loose | null;

/** In the order of the keys. */
const looks: readonly Look[] = [
  ({ cooldown }) => shorter('cooldown', cooldown, minute, defaultGuards.cooldownMs, 'the rule may act on the same subject again at once'),
  ({ target_cooldown: cooldown }) =>
    shorter('target_cooldown', cooldown, minute, defaultGuards.targetCooldownMs, 'another rule may act on the same target at once'),
  ({ budgets }) => lavish(budgets),
  ({ max_unavailable: most }, { workloads }) => (most === undefined ? null : wholeWorkload(most, workloads)),
  ({ quorum }, scope) => (quorum === 'off' ? withoutQuorum(scope) : null),
  ({ min_age: age }) => shorter('min_age', age, 30_000, defaultGuards.minAgeMs, 'a pod that has just started may be restarted'),
  ({ loop }, { cooldownMs }) => (loop === undefined ? null : endless(loop.max_ineffective, loop.within, cooldownMs)),
];

const minute = 60_000;
const hour = 60 * minute;
/** Of the effects on one target, or of runs in vain: this many times the default is no bound any more. */
const farBeyond = 10;

function findings(rule: CompiledRule | null, path: readonly string[], written: GuardsDocument, scope: Scope): Finding[] {
  return looks.flatMap((look) => {
    const loose = look(written, scope);
    return loose === null ? [] : [{ rule, path: [...path, loose.key], message: loose.message, fix: fixes[loose.key] ?? '' }];
  });
}

function scopeOf({ edition }: CompiledRule): Scope {
  const { target, guards } = edition.rule;
  return { kind: target.kind, workloads: Object.values(edition.workloads), cooldownMs: guards.cooldownMs };
}

const fixes: Partial<Record<keyof GuardsDocument, string>> = {
  cooldown: `leave it out for ${formatDuration(defaultGuards.cooldownMs)}`,
  target_cooldown: `leave it out for ${formatDuration(defaultGuards.targetCooldownMs)}`,
  budgets: 'leave them out for 3 an hour and 7 a day on one target, and 2 in 10m on one workload',
  max_unavailable: 'leave it out for 1, or set less than the size of the workload',
  quorum: 'leave it out for majority',
  min_age: `leave it out for ${formatDuration(defaultGuards.minAgeMs)}`,
  loop: `leave it out for ${defaultGuards.loop.maxIneffective} within ${formatDuration(defaultGuards.loop.withinMs)}`,
  protected_namespaces: 'add it',
};

function shorter(key: keyof GuardsDocument, ms: number | undefined, least: number, usual: number, what: string): Loose | null {
  if (ms === undefined || ms >= least) return null;
  return { key, message: `${what}: ${formatDuration(ms)}, where ${formatDuration(usual)} is usual` };
}

/** Effects in an hour that the budgets leave to one target; those of a rule or installation bound many targets, and so one too. */
function lavish(budgets: GuardsDocument['budgets']): Loose | null {
  if (budgets === undefined) return null;
  if (budgets.length === 0) return { key: 'budgets', message: "without budgets only the installation's own bounds what the rule does" };
  const [usual = 0, most] = [defaultGuards.budgets, budgets.map(({ max, per, scope }) => ({ max, perMs: per, scope }))].map(inAnHour);
  if (most === undefined || most <= farBeyond * usual) return null;
  return { key: 'budgets', message: `the budgets allow ${most} effects an hour on one target, where ${usual} are usual` };
}

const inAnHour = (budgets: readonly Budget[]): number =>
  Math.min(...budgets.map(({ max, perMs }) => (perMs >= hour ? max : max * Math.floor(hour / perMs))));

function wholeWorkload(most: Members, workloads: readonly WorkloadEntry[]): Loose | null {
  const key = 'max_unavailable';
  if ('percent' in most && most.percent === 100) return { key, message: 'all members of a workload may be away at once' };
  const whole = workloads.find(({ replicas }) => replicas !== null && replicas > 1 && maxUnavailable(most, replicas) >= replicas);
  return whole === undefined ? null : { key, message: `all ${whole.replicas} members of ${whole.name} may be away at once` };
}

/** Only a StatefulSet has one; a pod whose workload is not known may be of one. */
function withoutQuorum({ kind, workloads }: Scope): Loose | null {
  if (kind === 'Deployment') return null;
  const first = workloads.find((workload) => workload.kind === 'StatefulSet');
  if (first === undefined && workloads.length > 0) return null;
  const whose = first === undefined ? 'a StatefulSet' : `the StatefulSet ${first.name}`;
  return { key: 'quorum', message: `a healthy member of ${whose} may be restarted although less than its majority is left` };
}

/** As many runs in vain as it takes must fit into the window, and each waits for the cooldown of the one before. */
function endless(most: number, withinMs: number, cooldownMs: number): Loose | null {
  const { maxIneffective } = defaultGuards.loop;
  if (most > farBeyond * maxIneffective) {
    return { key: 'loop', message: `a human is woken only after ${most} runs in vain, where ${maxIneffective} are usual` };
  }
  if (most * cooldownMs < withinMs) return null;
  const [cooldown, within] = [formatDuration(cooldownMs), formatDuration(withinMs)];
  return { key: 'loop', message: `it never refuses: ${most} runs that are ${cooldown} apart (cooldown) do not fit into ${within}` };
}

/** `defaults` replaces the list that is built in; a rule only adds to it. */
function unprotected({ protected_namespaces: own }: GuardsDocument): Finding[] {
  if (own === undefined || own.includes('kube-system')) return [];
  const message = 'kube-system is not protected any more: this list takes the place of the one that is built in';
  return [{ rule: null, path: ['defaults', 'guards', 'protected_namespaces'], message, fix: fixes.protected_namespaces ?? '' }];
}

/** The installation's budget is the last bound of all rules together. */
function unbounded({ max = defaultBudget.max, per: perMs = defaultBudget.perMs }: RootDocument['budget']): Finding[] {
  const [usual, most] = [inAnHour([defaultBudget]), inAnHour([{ ...defaultBudget, max, perMs }])];
  if (most <= farBeyond * usual) return [];
  const message = `all rules together may have ${most} effects an hour, where ${usual} are usual`;
  const fix = `leave it out for ${defaultBudget.max} in ${formatDuration(defaultBudget.perMs)}`;
  return [{ rule: null, path: ['budget'], message, fix }];
}
