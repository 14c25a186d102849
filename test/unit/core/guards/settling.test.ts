import { describe, expect, test } from 'vitest';
import { unknown } from '../../../../src/core/facts.ts';
import type { ContainerView } from '../../../../src/core/objects.ts';
import { ago, effect, factsOf, found, health, inputOf, minutes, NOW, pod, verdictIn, verdictOf, workload } from './fixture.ts';

const container = (startedAt: number | null, state: ContainerView['state'] = 'running'): ContainerView => ({
  name: 'main',
  ready: false,
  restarts: 1,
  state,
  reason: null,
  startedAt,
  endedAt: null,
});

test('an old pod that was left alone passes', () => {
  expect(verdictOf('settling')).toEqual({ guard: 'settling', result: 'pass', have: 'created 10h ago', need: '2m ago or longer' });
});

describe('within min_age', () => {
  const young = ago(minutes(2) - 1);
  test.each([
    ['a pod just created', { createdAt: young }, 'created 1m59s ago'],
    ['a container that the kubelet restarted', { containers: [container(young)] }, 'container main started 1m59s ago'],
    ['a container that ended again', { containers: [container(young, 'terminated')] }, 'container main started 1m59s ago'],
    ['a pod that just became ready', { ready: true, readySince: young }, 'became ready 1m59s ago'],
    ['a pod created in the future, by a clock that is ahead', { createdAt: NOW + 60_000 }, 'created 0s ago'],
  ])('%s is settling', (_name, view, have) => {
    const target = found(view);
    expect(verdictOf('settling', { facts: { target } })).toMatchObject({
      result: 'refuse',
      reason: 'settling',
      have: `pod node-1: ${have}`,
      need: '2m ago or longer',
    });
  });

  test('it could go on when the youngest change is old enough', () => {
    const target = found({ createdAt: ago(minutes(1)), containers: [container(ago(1000)), container(ago(2000))] });
    expect(verdictOf('settling', { facts: { target } })).toMatchObject({ nextEligibleAt: NOW - 1000 + minutes(2) });
  });

  test('a pod that stopped being ready was not started by anybody', () => {
    expect(verdictOf('settling', { facts: { target: found({ ready: false, readySince: ago(1000) }) } }).result).toBe('pass');
  });

  test('a pod that does not say since when it is ready counts from its creation', () => {
    expect(verdictOf('settling', { facts: { target: found({ ready: true, readySince: null }) } }).result).toBe('pass');
  });

  test('exactly at min_age the pod is old enough', () => {
    expect(verdictOf('settling', { facts: { target: found({ createdAt: ago(minutes(2)), containers: [] }) } }).result).toBe('pass');
  });
});

describe('what the run itself brought about does not count', () => {
  test('its own successor, however young', () => {
    const target = found({ createdAt: NOW, uid: 'u9' }, { ownSuccessor: true });
    expect(verdictOf('settling', { facts: { target } })).toMatchObject({ result: 'pass', have: 'made by this run itself' });
  });

  test('a container that started after its own effect on the pod', () => {
    const target = found({ containers: [container(ago(30_000))] });
    const signalled = { ...effect, replaces: false, at: ago(40_000) };
    expect(verdictOf('settling', { facts: { target }, run: { effects: [signalled] } }).result).toBe('pass');
    expect(verdictOf('settling', { facts: { target }, run: { effects: [{ ...signalled, result: 'unknown' }] } }).result).toBe('pass');
  });

  test('a container that started in the same millisecond as its own effect', () => {
    const target = found({ containers: [container(ago(30_000))] });
    expect(verdictOf('settling', { facts: { target }, run: { effects: [{ ...effect, at: ago(30_000) }] } }).result).toBe('pass');
  });

  test('but a start before it does', () => {
    const target = found({ containers: [container(ago(50_000))] });
    expect(verdictOf('settling', { facts: { target }, run: { effects: [{ ...effect, at: ago(40_000) }] } })).toMatchObject({
      reason: 'settling',
    });
  });

  test.each([
    ['on another pod', { uid: 'u7' }],
    ['that was refused', { result: 'rejected' }],
    ['that was given up', { result: 'abandoned' }],
  ] as const)('and so does a start after an effect %s', (_name, changes) => {
    const target = found({ containers: [container(ago(30_000))] });
    expect(verdictOf('settling', { facts: { target }, run: { effects: [{ ...effect, at: ago(40_000), ...changes }] } })).toMatchObject({
      reason: 'settling',
    });
  });
});

test('a terminating pod is left to end, even our own successor', () => {
  const view = { deletedAt: ago(1000) };
  const refusal = { reason: 'settling', have: 'pod node-1 is terminating', nextEligibleAt: null };
  expect(verdictOf('settling', { facts: { target: found(view) } })).toMatchObject(refusal);
  expect(verdictOf('settling', { facts: { target: found(view, { ownSuccessor: true }) } })).toMatchObject(refusal);
});

test('a workload that rolls out is left to roll out', () => {
  const owning = { workload: { ...workload, rollingOut: true }, health: health(2, 3) };
  expect(verdictOf('settling', { facts: { workload: owning } })).toMatchObject({
    reason: 'rollout-in-progress',
    have: 'StatefulSet node is rolling out',
    nextEligibleAt: null,
  });
});

test('a workload of an unknown kind cannot be rolling out', () => {
  expect(verdictOf('settling', { facts: { workload: null } }).result).toBe('pass');
});

test('the workload is needed where the pod has an owner, and only there', () => {
  const unread = (orphan: boolean) => ({
    ...inputOf(),
    facts: { ...factsOf({ target: found(pod, { orphan }) }), workload: unknown('timeout') },
  });
  expect(verdictIn(unread(false), 'settling')).toMatchObject({ reason: 'unknown-workload' });
  expect(verdictIn(unread(true), 'settling').result).toBe('pass');
});

test('a workload as the target settles while it rolls out, whatever the age of its pods', () => {
  const of = (rollingOut: boolean) => {
    const view = { ...workload, rollingOut };
    const target = { found: 'workload', workload: view, subject: 's' } as const;
    return verdictOf('settling', { facts: { target, workload: { workload: view, health: health(2, 3) } } });
  };
  expect(of(true)).toMatchObject({ reason: 'rollout-in-progress' });
  expect(of(false)).toMatchObject({ result: 'pass', have: 'not rolling out' });
});

test('without an object there is nothing to settle', () => {
  expect(verdictOf('settling', { facts: { target: { found: 'none', owner: null } } })).toMatchObject({ result: 'n/a' });
});

describe('a container that ended just now is the kubelet’s to start again', () => {
  const ended = (endedAt: number | null, state: ContainerView['state'] = 'waiting') => ({ ...container(null, state), endedAt });
  const of = (view: ContainerView, changes: Parameters<typeof verdictOf>[1] = {}) =>
    verdictOf('settling', { ...changes, facts: { target: found({ containers: [view] }) } });

  test.each(['waiting', 'terminated'] as const)('while it is %s', (state) => {
    expect(of(ended(ago(20_000), state))).toEqual({
      guard: 'settling',
      result: 'refuse',
      reason: 'self-healing',
      have: 'pod node-1: container main ended 20s ago',
      need: '2m ago or longer',
      clears: 'It is left alone until that is longer ago than min_age.',
      nextEligibleAt: NOW - 20_000 + minutes(2),
    });
  });

  test('for as long as min_age', () => {
    expect(of(ended(ago(minutes(2)))).result).toBe('pass');
    expect(of(ended(ago(minutes(2) - 1))).result).toBe('refuse');
    expect(of(ended(null)).result).toBe('pass');
  });

  test('and no more once it runs: then its start counts', () => {
    expect(of(ended(ago(20_000), 'running')).result).toBe('pass');
    expect(of({ ...ended(ago(20_000), 'running'), startedAt: ago(10_000) })).toMatchObject({ reason: 'settling' });
  });

  test('but at admit nothing is done yet: a recipe may look at it', () => {
    expect(of(ended(ago(20_000)), { phase: 'admit', plan: null }).result).toBe('pass');
  });

  test('and where this run ended it, nobody else is at work', () => {
    expect(of(ended(ago(20_000)), { run: { effects: [{ ...effect, replaces: false, at: ago(30_000) }] } }).result).toBe('pass');
  });
});
