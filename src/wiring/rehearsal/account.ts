import type { AuditEvent } from '../../core/audit.ts';
import { reasons } from '../../core/reasons.ts';
import type { EffectRecord, Run } from '../../core/run.ts';
import type { Incident, Message } from '../../core/incident.ts';
import type { Edition } from '../../core/edition.ts';
import type { Verdict } from '../../core/decide.ts';
import type { Rehearsal } from './rehearsal.ts';

/** What came of a rehearsal so far, oldest first. Times are ms since the start of the test. */
export interface Account {
  readonly runs: readonly RecordedRun[];
  readonly effects: readonly RecordedEffect[];
  readonly incidents: readonly RecordedIncident[];
  readonly messages: readonly RecordedMessage[];
}

export interface RecordedRun {
  readonly at: number;
  /** What names the target: key, namespace/name, name. */
  readonly names: readonly string[];
  readonly run: Run;
  readonly decision: string | null;
  readonly remediation: string | null;
  readonly steps: ReadonlyMap<string, string>;
}

export interface RecordedEffect {
  readonly at: number;
  readonly names: readonly string[];
  readonly rule: string;
  readonly effect: EffectRecord;
}

export interface RecordedIncident {
  readonly at: number;
  readonly names: readonly string[];
  readonly rules: readonly string[];
  readonly incident: Incident;
}

export interface RecordedMessage {
  readonly at: number;
  readonly names: readonly string[];
  readonly message: Message;
}

const ALL = 10_000;

export async function accountOf(rehearsal: Rehearsal): Promise<Account> {
  const { store, outside } = rehearsal;
  const runs = await Promise.all(oldestFirst(await store.runs({ limit: ALL })).map((run) => runOf(rehearsal, run)));
  const effects = runs.flatMap(({ run, names }) =>
    run.effects
      .filter(({ result }) => result !== 'would')
      .map((effect): RecordedEffect => ({ at: rehearsal.since(effect.at), names, rule: run.rule, effect })),
  );
  const incidents = (await store.incidents({ limit: ALL })).toReversed().map((incident): RecordedIncident => {
    const rules = runs.filter(({ run }) => incident.runs.includes(run.id)).map(({ run }) => run.rule);
    return { at: rehearsal.since(incident.openedAt), names: incident.targets.flatMap(namesOf), rules, incident };
  });
  const messages = outside.told.map(({ at, message }): RecordedMessage => ({
    at: rehearsal.since(at),
    names: namesOf(message.report.target),
    message,
  }));
  return { runs, effects: effects.toSorted((a, b) => a.at - b.at), incidents, messages };
}

function oldestFirst(runs: readonly Run[]): Run[] {
  return runs.toSorted((a, b) => numberOf(a) - numberOf(b));
}

/** Runs are numbered, in hex. */
const numberOf = ({ id }: Run): number => Number.parseInt(id.slice('r-'.length), 16);

async function runOf(rehearsal: Rehearsal, run: Run): Promise<RecordedRun> {
  const { store } = rehearsal;
  const edition = JSON.parse((await store.getBlob(run.edition)) ?? 'null') as Edition | null;
  const ladder = edition?.ladder ?? [];
  const told = (await store.run(run.id))?.audit ?? [];
  const pinned = run.pinned === null ? [] : [`${run.target.namespace}/${run.pinned.name}`, run.pinned.name];
  return {
    at: rehearsal.since(run.acceptedAt),
    names: [...namesOf(run.target.key), ...pinned],
    run,
    decision: decisionOf(run.verdicts),
    remediation: ladder[run.rung]?.remediation ?? null,
    steps: new Map(told.flatMap((event) => stepsOf(event, ladder))),
  };
}

/** The last result of each step, by its path and by that of its rung's remediation. */
function stepsOf({ kind, data }: AuditEvent, ladder: Edition['ladder']): (readonly [string, string])[] {
  const { path, rung, result } = data;
  if (kind !== 'step' || typeof path !== 'string' || typeof result !== 'string') return [];
  const remediation = ladder[Number(rung)]?.remediation ?? '';
  return [
    [path, result],
    [`${remediation}/${path}`, result],
  ];
}

/** The consequence of the first that refuses; null = nothing was decided yet. */
function decisionOf(verdicts: readonly Verdict[]): string | null {
  if (verdicts.length === 0) return null;
  const first = verdicts.find(({ result }) => result === 'refuse');
  if (first?.result !== 'refuse') return 'run';
  const { then } = reasons[first.reason];
  return then === 'dry' ? 'observe' : then;
}

/** `Pod:main/chain/node-1` → itself, `chain/node-1`, `node-1`. */
function namesOf(key: string): string[] {
  const [, ...rest] = key.split('/');
  return [key, rest.join('/'), rest.at(-1) ?? ''];
}
