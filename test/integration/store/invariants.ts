import { isEnded, type RunState } from '../../../src/core/run.ts';
import type { StoreWorld } from './world.ts';

/** What the model knows beside the store: what must never happen twice, and what was promised. */
export interface Known {
  readonly now: number;
  /** Every `run effect` that was ever told GO. */
  readonly begun: Set<string>;
  /** Effects that happened after they were given up: their charges may exceed a budget. */
  readonly late: Set<string>;
}

/** One budget that all live and all dry effects share, each in its own key space. */
export const BUDGET = { key: 'rule:node-down', max: 4, perMs: 60_000, scope: 'rule' } as const;
/** One limit on runs that act at once, in each key space. */
export const PLACE = { key: 'in-flight:installation', max: 2 } as const;
/** Everything the store holds, as plain values; keys without the hash tag. */
interface Snapshot {
  readonly hashes: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly zsets: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly strings: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, number>;
}

async function snapshot(world: StoreWorld): Promise<Snapshot> {
  const { redis, key } = world;
  const shot = {
    hashes: new Map<string, Record<string, string>>(),
    sets: new Map<string, string[]>(),
    zsets: new Map<string, Map<string, number>>(),
    strings: new Map<string, string>(),
    lists: new Map<string, number>(),
  };
  const read: Record<string, (name: string) => Promise<unknown>> = {
    hash: async (name) => shot.hashes.set(name, await redis.hgetall(key(name))),
    set: async (name) => shot.sets.set(name, await redis.smembers(key(name))),
    zset: async (name) => shot.zsets.set(name, scores(await redis.zrange(key(name), '0', '-1', 'WITHSCORES'))),
    string: async (name) => shot.strings.set(name, (await redis.get(key(name))) ?? ''),
    list: async (name) => shot.lists.set(name, await redis.llen(key(name))),
  };
  const names = await world.keys();
  await Promise.all(names.map(async (name) => read[await redis.type(key(name))]?.(name)));
  return shot;
}

function scores(flat: readonly string[]): Map<string, number> {
  const map = new Map<string, number>();
  for (let at = 0; at < flat.length; at += 2) map.set(flat[at]!, Number(flat[at + 1]));
  return map;
}

interface StoredRun {
  readonly id: string;
  readonly state: RunState;
  readonly live: boolean;
  readonly space: string;
  readonly slot: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly inbox: number;
  /** Nobody holds it now. */
  readonly free: boolean;
}

type Say = (holds: boolean, sentence: string) => void;

/** Sentences that hold between any two scripts. */
export async function checkInvariants(world: StoreWorld, known: Known): Promise<void> {
  const shot = await snapshot(world);
  const runs = runsOf(shot, known.now);
  const broken: string[] = [];
  const say: Say = (holds, sentence) => void (holds || broken.push(sentence));
  for (const run of runs.values()) ofRun(run, shot, known, say);
  ofLists(runs, shot, say);
  ofLocks(runs, shot, known, say);
  ofPlaces(runs, shot, known, say);
  ofBudgets(runs, shot, known, say);
  ofIncidents(runs, shot, say);
  if (broken.length > 0) throw new Error(broken.join('\n'));
}

function runsOf(shot: Snapshot, now: number): Map<string, StoredRun> {
  const runs = new Map<string, StoredRun>();
  for (const [name, fields] of shot.hashes) {
    const id = /^run:(r-[0-9a-f]+)$/.exec(name)?.[1];
    if (id === undefined) continue;
    const state = fields['state'] as RunState;
    const inbox = Number(fields['events'] ?? shot.lists.get(`run:${id}:inbox`) ?? 0);
    const free = (fields['worker'] ?? '') === '' || Number(fields['until']) <= now;
    runs.set(id, { id, state, live: !isEnded(state), space: fields['space']!, slot: fields['slot']!, fields, inbox, free });
  }
  return runs;
}

/** A sweep may have pushed on what is due. */
const soon = (due: number | undefined, now: number): boolean => due !== undefined && due <= now + 10_000;

function ofRun(run: StoredRun, shot: Snapshot, known: Known, say: Say): void {
  const due = shot.zsets.get('due')?.get(run.id);
  const unread = run.inbox - Number(run.fields['seen'] ?? 0);
  say((due !== undefined) === run.live, `${run.id} is ${run.state} and ${due === undefined ? 'not ' : ''}due`);
  say(!run.live || shot.hashes.get(`${run.space}active`)?.[run.slot] === run.id, `${run.id} lives and does not have its slot`);
  say(!run.live || !run.free || unread === 0 || soon(due, known.now), `${run.id} has unread events and sleeps`);
  say(!run.live || run.free || (due ?? 0) >= Number(run.fields['until']), `${run.id} is held and due before its lease ends`);
  say(run.live || unread === 0 || run.fields['end'] !== undefined, `${run.id} ended with ${unread} events unread`);
  say(run.live || run.fields['worker'] === '', `${run.id} ended and is held`);
  for (const [effect, text] of Object.entries(shot.hashes.get(`run:${run.id}:fx`) ?? {})) {
    const fx = JSON.parse(text) as { s: string; epoch: number; notAfter: number };
    const open = run.live && (run.fields['worker'] ?? '') !== '' && fx.s === 'intent' && fx.epoch === Number(run.fields['epoch']);
    say(!open || Number(run.fields['until']) >= fx.notAfter + 4_000, `${run.id} may lose its lease while ${effect} is under way`);
  }
}

function ofLists(runs: ReadonlyMap<string, StoredRun>, shot: Snapshot, say: Say): void {
  const states = new Map<string, number>();
  for (const { live, state } of runs.values()) if (live) states.set(state, (states.get(state) ?? 0) + 1);
  for (const [state, count] of Object.entries(shot.hashes.get('states') ?? {})) {
    say(Number(count) === (states.get(state) ?? 0), `${count} ${state} runs are counted and there are ${states.get(state) ?? 0}`);
  }
  for (const space of ['', 'dry:']) {
    for (const [slot, id] of Object.entries(shot.hashes.get(`${space}active`) ?? {})) {
      const run = runs.get(id);
      say(run?.live === true && run.slot === slot && run.space === space, `${id} has the slot ${space}${slot} that is not its own`);
    }
  }
  for (const [id] of shot.zsets.get('pagedue') ?? []) {
    const run = runs.get(id);
    say(id.startsWith('i-') || (run?.live === true && run.space === ''), `${id} would wake a human`);
  }
  for (const [name, fields] of shot.hashes) {
    const id = /^(?:slot|subject):/.test(name) ? fields['run'] : undefined;
    say(id === undefined || runs.get(id)?.space === '', `${name} was written by a dry run`);
  }
}

function ofLocks(runs: ReadonlyMap<string, StoredRun>, shot: Snapshot, known: Known, say: Say): void {
  for (const [name, id] of shot.strings) {
    const [, space = '', lock] = /^(dry:)?lock:(.*)$/.exec(name) ?? [];
    if (lock === undefined) continue;
    const run = runs.get(id);
    say(run?.live === true, `${name} is held by ${id}, which ended`);
    say(run?.space === space, `${name} is held by ${id} of the other key space`);
    say(shot.sets.get(`run:${id}:locks`)?.includes(`${space}|${lock}`) === true, `${id} does not know that it holds ${name}`);
  }
  for (const { id } of runs.values()) {
    for (const member of shot.sets.get(`run:${id}:locks`) ?? []) {
      const name = member.replace('|', 'lock:');
      say(shot.strings.get(name) === id, `${id} believes that it holds ${name}, which ${shot.strings.get(name) ?? 'nobody'} holds`);
    }
  }
  for (const [name, queue] of shot.zsets) {
    const [, space = '', lock] = /^(dry:)?wait:(.*)$/.exec(name) ?? [];
    if (lock === undefined || lock === PLACE.key) continue;
    for (const [id] of queue) say(runs.get(id)?.live === true, `${id} ended and stands in ${name}`);
    const first = runs.get([...queue.keys()][0] ?? '');
    const taken = shot.strings.has(`${space}lock:${lock}`);
    const woken = first === undefined || !first.free || soon(shot.zsets.get('due')?.get(first.id), known.now);
    say(taken || woken, `${name} is free and ${first?.id ?? ''} sleeps in front of it`);
  }
}

/** Whoever acts has a place, nobody else has one, and where one is free nobody sleeps who may take it. */
function ofPlaces(runs: ReadonlyMap<string, StoredRun>, shot: Snapshot, known: Known, say: Say): void {
  for (const space of ['', 'dry:']) {
    const acting = shot.sets.get(`${space}acting:${PLACE.key}`) ?? [];
    const inTurn = acting.filter((id) => ![...known.late].some((effect) => effect.startsWith(`${id}/`)));
    say(inTurn.length <= PLACE.max, `${inTurn.length} runs act where ${PLACE.max} may`);
    for (const id of acting) {
      say(runs.get(id)?.live === true && runs.get(id)?.space === space, `${id} has a place in ${space}${PLACE.key} that it must not have`);
      say(shot.sets.get(`run:${id}:places`)?.includes(`${space}|${PLACE.key}`) === true, `${id} does not know of its place`);
    }
    const queue = [...(shot.zsets.get(`${space}wait:${PLACE.key}`)?.keys() ?? [])].map((id) => runs.get(id));
    for (const run of queue) say(run?.live === true, `${run?.id ?? ''} ended and stands in ${space}${PLACE.key}`);
    for (const run of queue.slice(0, PLACE.max - acting.length)) {
      const woken = run?.free !== true || soon(shot.zsets.get('due')?.get(run.id), known.now);
      say(woken, `a place is free and ${run?.id ?? ''} sleeps in front of it`);
    }
  }
  for (const { id, live } of runs.values()) {
    const states = Object.values(shot.hashes.get(`run:${id}:fx`) ?? {}).map((text) => (JSON.parse(text) as { s: string }).s);
    const open = live && states.some((state) => state === 'intent' || state === 'done');
    say(!open || shot.sets.has(`run:${id}:places`), `${id} acts and has no place`);
  }
}

/** A charge stands for an effect that happened or may happen, and for nothing else. */
function ofBudgets(runs: ReadonlyMap<string, StoredRun>, shot: Snapshot, known: Known, say: Say): void {
  for (const space of ['', 'dry:']) {
    const charges = shot.zsets.get(`${space}bud:${BUDGET.key}`) ?? new Map<string, number>();
    const inWindow = [...charges].filter(([charge, at]) => at > known.now - BUDGET.perMs && !known.late.has(charge.split('#')[0]!));
    say(inWindow.length <= BUDGET.max, `${inWindow.length} charges of ${BUDGET.max} are in the window of ${space}${BUDGET.key}`);
    for (const [charge] of charges) {
      const [, id = '', effect = ''] = /^(.*?)\/(.*)#\d+$/.exec(charge) ?? [];
      const fx = JSON.parse(shot.hashes.get(`run:${id}:fx`)?.[effect] ?? '{}') as { s?: string };
      say(fx.s === 'intent' || fx.s === 'done', `${charge} is charged and ${fx.s ?? 'unknown'}`);
      say(runs.get(id)?.space === space, `${charge} is charged in the other key space`);
    }
  }
}

function ofIncidents(runs: ReadonlyMap<string, StoredRun>, shot: Snapshot, say: Say): void {
  const named = new Set([...shot.zsets].flatMap(([name, ids]) => (/^inc:i-[0-9a-f]+:runs$/.test(name) ? [...ids.keys()] : [])));
  for (const run of runs.values()) {
    say(run.state !== 'escalated' || named.has(run.id), `${run.id} escalated and no incident tells of it`);
    say(run.space === '' || !named.has(run.id), `${run.id} is dry and an incident tells of it`);
    say(run.space === '' || run.live || run.state === 'observed', `${run.id} is dry and ended ${run.state}`);
  }
}
