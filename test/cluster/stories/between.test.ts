import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleOf } from '../../acceptance/chain.ts';
import { writeFiles, type ShownRun } from '../../support/daemon.ts';
import { eventually } from '../../support/eventually.ts';
import { untilStopped } from '../../torture/process.ts';
import { statefulSet } from '../objects.ts';
import { openStage, QUICK, type Stage } from './stage.ts';

// The daemon stops itself between the decision to act and the act, the world changes, and it goes on. Each test has a workload of its own.

const FACTS_MS = 1_000;
const excluded = (value: string | null) => ({ metadata: { labels: { 'remediad.dev/exclude': value } } });
const rules = [ruleOf(), ruleOf({ name: 'node-old', matchers: ['alertname="NodeOld"'] })];

let stage: Stage;
beforeAll(async () => {
  const names = ['observed', 'removed', 'paused', 'pod', 'set', 'sick', 'conflict', 'rights', 'denied', 'space'];
  stage = await openStage({
    workloads: names.map((name) => statefulSet(name, 2)),
    rules,
    fate: (pod, incarnation) => (/^(sick|conflict)/.test(pod) && incarnation > 1 ? { ...QUICK, readyMs: null } : QUICK),
    // Nobody else takes over what the stopped one has, and the call outlives the stop.
    timing: { factsMaxAgeMs: FACTS_MS, leaseMs: 40_000, performMs: 20_000 },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Takes the pod down and lets the daemon stop at the point; `change` happens, the facts grow too old for the gate, and the daemon goes on. */
async function meanwhile(point: string, pod: string, change: () => Promise<unknown>, alert?: string): Promise<string> {
  const { remediad } = stage;
  await remediad.restart({ REMEDIAD_FAIL_POINT: `${point}:stop` });
  const former = await stage.takeDown(pod, alert);
  await untilStopped(remediad.process);
  try {
    await change();
    await sleep(1.2 * FACTS_MS);
  } finally {
    remediad.process.signal('SIGCONT');
  }
  return former;
}

async function unharmed(pod: string, uid: string): Promise<void> {
  expect(await stage.deletions(pod)).toEqual([]);
  expect((await stage.space.pod(pod))?.metadata).toMatchObject({ uid });
}

const ended = (pod: string): Promise<ShownRun> => stage.remediad.ended(pod, 60_000);

/** Somebody else deletes the pod; the uid of the one that comes in its place. */
async function recreate(pod: string): Promise<string> {
  const { api, name } = stage.space;
  const former = await stage.uidOf(pod);
  await api.delete(`/api/v1/namespaces/${name}/pods/${pod}`);
  const other = async () => (await stage.space.pod(pod))?.metadata;
  return (await eventually('another pod', async () => ((await other())?.uid === former ? null : other()), { withinMs: 20_000 })).uid;
}

/** Reads of pods are not answered until the reload is done, so that nothing is decided in the middle of it. */
async function reload(next: readonly object[]): Promise<void> {
  const { remediad, proxy } = stage;
  await writeFiles(remediad.dir, { 'rules/rules.yaml': { rules: next } });
  proxy.strike = ({ verb, resource }) => (verb === 'get' && resource === 'pods' ? 'hang' : null);
  remediad.process.signal('SIGHUP');
  void remediad.process.waitForLine(/configuration reloaded/, 30_000).finally(() => (proxy.strike = () => null));
}

describe('what changes between the decision and the act stops it:', () => {
  test.each([
    ['the pod', 'pod-0', '/api/v1/namespaces/NS/pods/pod-0', 'pod pod-0'],
    ['the workload', 'set-0', '/apis/apps/v1/namespaces/NS/statefulsets/set', 'StatefulSet set'],
    ['the namespace', 'space-0', '/api/v1/namespaces/NS', 'namespace t-'],
  ])('%s is excluded by label, and a human is told so', async (_what, pod, path, named) => {
    const { api, name } = stage.space;
    const object = path.replace('NS', name);
    const uid = await meanwhile('begin.before', pod, () => api.patch(object, excluded('true')));

    const run = await ended(pod);

    expect(run).toMatchObject({ state: 'escalated', acted: false, effects: [], end: { reason: 'protected' } });
    expect(run.end?.detail).toContain(named);
    await eventually('a human to be told', () => stage.told(pod).some(({ report }) => report.reason === 'protected'), { withinMs: 20_000 });
    await unharmed(pod, uid);
    await api.patch(object, excluded(null));
  });

  test('a brake that somebody sets at another replica holds the run, which acts once when it is lifted', async () => {
    await using parts = new AsyncDisposableStack();
    // It comes when the run has its worker already.
    const uid = await meanwhile('begin.before', 'paused-0', async () => {
      const replica = parts.use(await stage.join());
      await replica.pause('all', 'we look at it ourselves');
    });
    const { remediad } = stage;
    const held = await remediad.runWhere('holds', 'paused-0', ({ hold }) => hold?.reason === 'paused', 90_000);
    expect(held.hold?.detail).toContain('we look at it ourselves');
    await unharmed('paused-0', uid);

    await remediad.resume('all');
    await stage.comeBack('paused-0', uid);

    expect(await ended('paused-0')).toMatchObject({ state: 'succeeded', effects: [{ result: 'done', uid }] });
    expect(await stage.deletions('paused-0')).toHaveLength(1);
  });

  test('a pod that somebody else recreated in vain is left to a human', async () => {
    let other = '';
    const uid = await meanwhile('begin.before', 'sick-0', async () => (other = await recreate('sick-0')));

    const run = await ended('sick-0');

    expect(run).toMatchObject({ state: 'escalated', acted: false, effects: [], end: { reason: 'target-gone' } });
    expect(run.end?.detail).toContain(`pod sick-0 has uid ${other}, the run is about ${uid}`);
    await unharmed('sick-0', other);
  });

  test('a pod that somebody else recreated while the call was on its way is not hit: the API server refuses, and it is planned again', async () => {
    let other = '';
    const uid = await meanwhile('perform.before', 'conflict-0', async () => (other = await recreate('conflict-0')));

    const run = await ended('conflict-0');

    expect(run).toMatchObject({ state: 'escalated', acted: false, effects: [{ result: 'rejected', uid }], end: { reason: 'target-gone' } });
    expect(run.effects[0]?.message).toContain('does not match the UID in record');
    expect((await stage.deletions('conflict-0')).map(({ status }) => status)).toEqual([409]);
    expect((await stage.space.pod('conflict-0'))?.metadata).toMatchObject({ uid: other });
  });

  test('its rule is switched to observe', async () => {
    const uid = await meanwhile('begin.before', 'observed-0', () => reload([{ ...rules[0], mode: 'observe' }, rules[1] ?? {}]));

    const run = await ended('observed-0');

    expect(run).toMatchObject({ state: 'observed', acted: false, end: { reason: 'observe-only', would: 'effect' } });
    await unharmed('observed-0', uid);
  });

  test('its rule is removed', async () => {
    const uid = await meanwhile('begin.before', 'removed-0', () => reload(rules.slice(0, 1)), 'NodeOld');

    const run = await ended('removed-0');

    expect(run).toMatchObject({ state: 'skipped', acted: false, effects: [], end: { reason: 'rule-removed' } });
    await unharmed('removed-0', uid);
  });

  test('the right to delete is taken away: a human is told which, and after that nothing is even asked for', async () => {
    const { account, space } = stage;
    const missing = `delete pods in ${space.name}`;
    const uid = await meanwhile('perform.before', 'rights-0', () => account.revoke('delete', 'pods'));
    const run = await ended('rights-0');
    expect(run).toMatchObject({ state: 'escalated', acted: false, effects: [{ result: 'rejected' }], end: { reason: 'not-permitted' } });
    expect((await stage.deletions('rights-0')).map(({ status }) => status)).toEqual([403]);
    expect((await space.pod('rights-0'))?.metadata).toMatchObject({ uid });

    const untouched = await stage.takeDown('denied-0');
    const refused = await ended('denied-0');
    expect(refused).toMatchObject({ state: 'escalated', effects: [], end: { reason: 'not-permitted' } });
    await unharmed('denied-0', untouched);

    for (const pod of ['rights-0', 'denied-0']) {
      const [message] = await eventually('a human to be told', () => stage.told(pod).length > 0 && stage.told(pod), { withinMs: 20_000 });
      expect(message?.report.reason).toBe('not-permitted');
      expect(JSON.stringify(message?.report)).toContain(missing);
    }
    const incidents = await stage.remediad.incidents();
    expect(incidents.filter(({ reason }) => reason === 'not-permitted')).toHaveLength(2);
  });
});
