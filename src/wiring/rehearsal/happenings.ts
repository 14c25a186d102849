import type { VirtualClock } from '../../adapters/system/virtual-clock.ts';
import type { ManualStart, ManualStarted } from '../../core/ports.ts';
import { isEnded, type Run } from '../../core/run.ts';
import type { Store } from '../../adapters/store/index.ts';
import type { PlayedOutside } from './outside.ts';
import type { EventDocument, Word } from './schema.ts';

export interface Scene {
  readonly outside: PlayedOutside;
  readonly store: Store;
  readonly clock: VirtualClock;
  /** As `remediad run` does. */
  readonly start: (rule: string, asked: ManualStart) => Promise<ManualStarted>;
}

type Said<W extends Word> = NonNullable<EventDocument[W]>;
type Happening<W extends Word> = (scene: Scene, said: Said<W>) => Promise<unknown> | void;

/** What each word of an event does. */
const table: { readonly [W in Word]: Happening<W> } = {
  pod_fault: inSandbox('faults/pod'),
  api_fault: inSandbox('faults/api'),
  node: inSandbox('nodes'),
  scale: inSandbox('scale'),
  roll_out: inSandbox('roll-out'),
  delete_pod: inSandbox('delete-pod'),
  restart_container: inSandbox('restart-container'),
  mark: inSandbox('mark'),
  script: inSandbox('scripts'),
  pause: ({ store, clock }, { for: ms, ...brake }) => store.setBrake({ ...brake, until: ms === undefined ? null : clock.now() + ms }),
  async resume({ store }, { scope, by }) {
    if (!(await store.liftBrake(scope, by))) throw new Error(`${scope} is not paused`);
  },
  async run({ start }, { rule, dry_run: dryRun, ...asked }) {
    const started = await start(rule, { ...asked, dryRun });
    if ('message' in started) throw new Error(started.message);
  },
  cancel: async (scene, { rule, by, why }) => {
    const { id } = await liveRun(scene, rule);
    return scene.store.signal(id, { kind: 'cancel', by, why, at: scene.clock.now() });
  },
  approve: (scene, said) => answer(scene, 'approve', said),
  reject: (scene, said) => answer(scene, 'reject', said),
  async acknowledge({ store }, { rule, by }) {
    const incidents = await store.incidents({ limit: 1000 });
    const found = await Promise.all(incidents.map(({ id }) => store.incident(id)));
    const open = found.filter((one) => one?.incident.state === 'open' && one.messages.some(({ report }) => report.rule === rule));
    if (open.length === 0) throw new Error(`rule ${rule} has no open incident`);
    for (const one of open) await store.acknowledge(one?.incident.id ?? '', by);
  },
  silence: (scene, said) => suppress(scene, 'silence', said),
  inhibit: (scene, said) => suppress(scene, 'inhibit', said),
  prometheus: ({ outside }, state) => outside.alerts.say('prometheus', state),
  alertmanager: ({ outside }, state) => outside.alerts.say('alertmanager', state),
  query: ({ outside }, { expr, samples }) => void outside.queries.set(expr, samples),
  scrape_targets: ({ outside }, targets) => void (outside.targets = targets),
  endpoint: ({ outside }, { url, status, body }) => void outside.endpoints.set(url, { status, body }),
  receiver({ outside }, { name, answers }) {
    if (!outside.senders.has(name)) throw new Error(`there is no receiver ${name}`);
    if (answers) outside.deaf.delete(name);
    else outside.deaf.add(name);
  },
};

/** Throws one sentence when it cannot happen. */
export async function happen(scene: Scene, event: EventDocument): Promise<void> {
  for (const word of Object.keys(table) as Word[]) await happenIfSaid(scene, word, event[word]);
}

async function happenIfSaid<W extends Word>(scene: Scene, word: W, said: EventDocument[W]): Promise<void> {
  if (said !== undefined) await table[word](scene, said);
}

function inSandbox(path: string): (scene: Scene, said: object) => Promise<void> {
  return ({ outside }, said) => outside.sandbox.admin(path, said);
}

function suppress({ outside, clock }: Scene, by: 'silence' | 'inhibit', { matchers, for: ms }: Said<'silence'>): void {
  outside.alerts.suppress(by, matchers, ms === undefined ? Number.POSITIVE_INFINITY : clock.now() + ms);
}

async function liveRun({ store }: Scene, rule: string): Promise<Run> {
  const run = (await store.runs({ rule, limit: 1000 })).find(({ state }) => !isEnded(state));
  if (run === undefined) throw new Error(`rule ${rule} has no live run`);
  return run;
}

async function answer(scene: Scene, kind: 'approve' | 'reject', { rule, by }: Said<'approve'>): Promise<void> {
  const { id, approval } = await liveRun(scene, rule);
  if (approval === null) throw new Error(`the run of rule ${rule} asks for no approval`);
  await scene.store.signal(id, { kind, planHash: approval.planHash, by, at: scene.clock.now() });
}
