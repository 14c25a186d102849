import { brakeScopes } from '../core/brake.ts';
import { chargesOf } from '../core/charges.ts';
import { explainRules, type RuleInForce } from '../core/explain-match.ts';
import { placesOf } from '../core/in-flight.ts';
import type { Run } from '../core/run.ts';
import type { SharedLimits } from '../core/shared-limits.ts';
import type { BrakeStore, EpisodeRecord, EpisodeStore, HistoryStore, RecordStore } from '../core/store.ts';
import type { KnownAlert, Standing, WhyAnswer, WhyCase, WhySlot } from '../core/why.ts';
import type { Arrivals } from './arrivals.ts';

export interface WhyDeps {
  readonly store: Pick<EpisodeStore, 'episode' | 'firing' | 'slot'> &
    Pick<RecordStore, 'run' | 'runs' | 'incident' | 'counts'> &
    Pick<HistoryStore, 'history' | 'now'> &
    Pick<BrakeStore, 'brakes'>;
  readonly arrivals: Pick<Arrivals, 'lastWebhookAt' | 'unmatched'>;
  readonly rules: () => readonly RuleInForce[];
  /** Names of the rules that take an alert. */
  readonly match: (alert: { readonly labels: KnownAlert['labels'] }) => readonly { readonly rule: string }[];
  readonly dryRun: () => boolean;
  readonly limits: () => SharedLimits;
  readonly startedAt: number;
}

/** Cases told in one answer; firing alerts and runs looked through for them. */
const CASES = 5;
const FIRING = 10_000;
const NEWEST_RUNS = 200;

/**
 * Why remediad did what it did, or nothing, about what is `asked`: the id of a run, a fingerprint, a target's key, or a name: of the target
 * (`name` or `namespace/name`), of the alert, or any other value of its labels. Reads only. Throws `StoreError`.
 */
export async function whyOf(deps: WhyDeps, asked: string): Promise<WhyAnswer> {
  const { store, arrivals, startedAt } = deps;
  const [at, { forgetfulMs }, { total, episodes }] = await Promise.all([store.now(), store.counts(), store.firing(FIRING)]);
  const found = await findCases(deps, asked, episodes);
  const cases = await Promise.all(found.slice(0, CASES).map((one) => tell(deps, one)));
  return {
    asked,
    at,
    dryRun: deps.dryRun(),
    forgetfulUntil: forgetfulMs === 0 ? null : at + forgetfulMs,
    cases,
    more: Math.max(0, found.length - CASES),
    reach: {
      lastWebhookAt: arrivals.lastWebhookAt,
      startedAt,
      lastReportAt: episodes[0]?.lastSeen ?? null,
      firing: total,
      unmatched: arrivals.unmatched.length,
    },
  };
}

/** A slot with what is known of it so far, or an alert without one. */
interface Found {
  readonly slot: { readonly slot: string; readonly dry: boolean } | null;
  readonly alert: KnownAlert | null;
  readonly run: Run | null;
  /** This run was asked about by its id: another one of its slot would be no answer. */
  readonly exact?: true;
}

async function findCases(deps: WhyDeps, asked: string, firing: readonly EpisodeRecord[]): Promise<Found[]> {
  const { store, arrivals } = deps;
  const one = /^r-[0-9a-f]{1,16}$/.test(asked) ? await store.run(asked) : null;
  if (one !== null) return [{ ...ofRun(one.run), exact: true }];
  const episode = /^[0-9a-f]{16}$/.test(asked) ? await store.episode(asked) : null;
  if (episode !== null) return ofEpisode(episode);
  const [onTarget, newest] = await Promise.all([store.runs({ target: asked, limit: NEWEST_RUNS }), store.runs({ limit: NEWEST_RUNS })]);
  const runs = [...onTarget, ...newest.filter((run) => names(run.labels, asked) || run.pinned?.name === asked)];
  const alerts = firing.filter(({ labels, fingerprint }) => names(labels, asked) || fingerprint === asked).flatMap(ofEpisode);
  const known = new Set(firing.map(({ fingerprint }) => fingerprint));
  const untaken = arrivals.unmatched.filter(
    ({ labels, fingerprint }) => !known.has(fingerprint) && (names(labels, asked) || fingerprint === asked),
  );
  const unmatched = untaken.map(({ at, ...alert }): Found => {
    return { slot: null, run: null, alert: { ...alert, status: 'not-matched', endsAt: null, lastSeen: at } };
  });
  return inOrder([...alerts, ...runs.map(ofRun), ...unmatched]);
}

/** Some label has this value, or `namespace/name` says it of two. */
function names(labels: KnownAlert['labels'], asked: string): boolean {
  const slash = asked.indexOf('/');
  if (Object.values(labels).includes(asked)) return true;
  return slash > 0 && labels['namespace'] === asked.slice(0, slash) && Object.values(labels).includes(asked.slice(slash + 1));
}

const ofRun = (run: Run): Found => ({ slot: { slot: run.slot, dry: run.dry !== null }, alert: null, run });

function ofEpisode(episode: EpisodeRecord): Found[] {
  const { fingerprint, labels, status, startsAt, endsAt, lastSeen } = episode;
  const alert: KnownAlert = { fingerprint, labels, status, startsAt, endsAt: status === 'firing' ? null : endsAt, lastSeen };
  if (episode.slots.length === 0) return [{ slot: null, alert, run: null }];
  return episode.slots.map((slot) => ({ slot, alert, run: null }));
}

/** Each slot once: with its firing alert first, and then its newest run; what has no slot last. */
function inOrder(found: readonly Found[]): Found[] {
  const slots = new Map<string, Found>();
  for (const one of found) {
    const key = one.slot === null ? `alert ${one.alert?.fingerprint}` : `${one.slot.dry} ${one.slot.slot}`;
    const known = slots.get(key);
    slots.set(key, known === undefined ? one : { ...known, run: known.run ?? one.run });
  }
  return [...slots.values()];
}

async function tell(deps: WhyDeps, { slot, alert, run, exact }: Found): Promise<WhyCase> {
  const told = slot === null ? null : await tellSlot(deps, slot, run, exact === true);
  const known = alert ?? (await alertOf(deps, told?.run ?? null));
  const labels = known?.labels ?? told?.run?.labels ?? null;
  if (labels === null) return { alert: known, rules: null, slot: told };
  const taken = deps.match({ labels }).map(({ rule }) => rule);
  return { alert: known, rules: explainRules(labels, deps.rules(), taken), slot: told };
}

/** Of several alerts that the run stands for, one that fires. */
async function alertOf({ store }: WhyDeps, run: Run | null): Promise<KnownAlert | null> {
  if (run === null) return null;
  const episodes = Object.entries(run.episodes);
  const [fingerprint] = episodes.find(([, { status }]) => status === 'firing') ?? episodes[0] ?? [run.trigger.id];
  const episode = await store.episode(fingerprint);
  return episode === null ? null : (ofEpisode(episode)[0]?.alert ?? null);
}

async function tellSlot(deps: WhyDeps, { slot, dry }: { slot: string; dry: boolean }, known: Run | null, exact: boolean): Promise<WhySlot> {
  const { store } = deps;
  const { live, cover } = await store.slot(slot, dry);
  const id = exact ? (known?.id ?? null) : (live ?? cover?.run ?? known?.id ?? null);
  const found = id === null ? null : await store.run(id);
  const run = found?.run ?? null;
  const incident = cover?.incident ? await store.incident(cover.incident) : null;
  return {
    slot,
    dry,
    run,
    dueAt: found?.dueAt ?? null,
    locks: found?.locks ?? [],
    cover,
    incident: incident?.incident ?? null,
    now: run === null ? null : await standing(deps, run),
  };
}

/** What the next effect would meet: of the workload at least, whatever else a plan touches. */
async function standing({ store, rules, limits }: WhyDeps, run: Run): Promise<Standing> {
  const locks = [
    ...new Set([run.target.key, ...(run.pinned === null ? [] : [run.pinned.subject, run.pinned.workload ?? run.pinned.subject])]),
  ];
  const inForce = rules().find(({ rule }) => rule === run.rule)?.edition.rule.guards;
  const [brakes, history] = await Promise.all([
    store.brakes(),
    store.history({
      run: run.id,
      dry: run.dry !== null,
      rule: run.rule,
      subject: run.pinned?.subject ?? run.target.key,
      locks,
      budgets: chargesOf(run, inForce?.budgets ?? [], limits().budget),
      places: placesOf(run, limits().maxInFlight, inForce?.maxInFlight ?? null),
    }),
  ]);
  const scopes = brakeScopes(run, locks);
  return { brakes: brakes.filter(({ scope }) => scopes.includes(scope)), history };
}
