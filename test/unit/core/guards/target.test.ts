import { describe, expect, test } from 'vitest';
import { unknown, type FactTypes } from '../../../../src/core/facts.ts';
import { onSchedule } from '../../../support/sample.ts';
import { factsOf, found, health, inputOf, owner, verdictIn, verdictOf, workload } from './fixture.ts';

const owning = (healthy: number, rollingOut = false): FactTypes['workload'] => ({
  workload: { ...workload, rollingOut },
  health: health(healthy, 3),
});
const whole = owning(3);

test('exactly the pinned object passes', () => {
  expect(verdictOf('target')).toEqual({ guard: 'target', result: 'pass', have: 'pod node-1, uid u1' });
});

test('an object that is not pinned yet passes', () => {
  expect(verdictOf('target', { run: { pinned: null }, facts: { target: found({ uid: 'u9' }) } }).result).toBe('pass');
});

test('what the run itself put in its place passes', () => {
  expect(verdictOf('target', { facts: { target: found({ uid: 'u9' }, { ownSuccessor: true }) } }).result).toBe('pass');
});

test('a target that cannot be told goes to a human, with the reason', () => {
  expect(verdictOf('target', { facts: { target: { found: 'unknown', why: 'the alert has no label pod' } } })).toEqual({
    guard: 'target',
    result: 'refuse',
    reason: 'target-unknown',
    have: 'the alert has no label pod',
    need: 'one object',
    clears: 'The rule finds its target from labels that the alert carries, in a cluster that is configured.',
    nextEligibleAt: null,
  });
});

test('several objects are ambiguous', () => {
  expect(verdictOf('target', { facts: { target: { found: 'several', count: 2 } } })).toMatchObject({
    reason: 'target-ambiguous',
    have: '2 objects',
    need: 'exactly one',
  });
});

describe('an object that is not there', () => {
  test.each([
    ['whose workload is whole', owner, whole, 'gone-yet-firing'],
    ['whose workload lacks a member', owner, owning(2), 'target-gone'],
    ['whose workload is rolling out', owner, owning(3, true), 'target-gone'],
    ['whose workload is gone too', owner, null, 'target-gone'],
    ['without an owner', null, whole, 'target-gone'],
  ] as const)('%s', (_name, of, fact, reason) => {
    expect(verdictOf('target', { facts: { target: { found: 'none', owner: of }, workload: fact } })).toMatchObject({
      reason,
      need: reason === 'target-gone' ? 'the object that the run is about' : 'an alert that is over',
      nextEligibleAt: null,
    });
  });

  test.each([
    ['was acted upon', { acted: true }],
    ['was looked at because its time had come', { trigger: onSchedule }],
  ])('leaves nothing to do where it %s', (_name, run) => {
    const facts = { target: { found: 'none', owner }, workload: whole } as const;
    expect(verdictOf('target', { run, facts })).toMatchObject({ reason: 'self-healed' });
  });

  test('says how whole its workload is', () => {
    expect(verdictOf('target', { facts: { target: { found: 'none', owner }, workload: whole } })).toMatchObject({
      have: 'pod:prod/chain/node-1 does not exist; StatefulSet node has 3 of 3 healthy',
    });
  });

  test('is not judged while its workload cannot be read', () => {
    const facts = { ...factsOf({ target: { found: 'none', owner } }), workload: unknown('timeout') };
    expect(verdictIn({ ...inputOf(), facts }, 'target')).toMatchObject({ reason: 'unknown-workload' });
  });
});

describe('an object of the same name and another uid', () => {
  const stranger = found({ uid: 'u9' });

  test('is not the target', () => {
    expect(verdictOf('target', { facts: { target: stranger } })).toMatchObject({
      reason: 'target-gone',
      have: 'pod node-1 has uid u9, the run is about u1',
    });
  });

  test('leaves nothing to do where the workload is whole', () => {
    expect(verdictOf('target', { facts: { target: stranger, workload: whole } })).toMatchObject({ reason: 'self-healed' });
  });

  test('without an owner is not looked up any further', () => {
    expect(verdictOf('target', { facts: { target: found({ uid: 'u9' }, { orphan: true }), workload: whole } })).toMatchObject({
      reason: 'target-gone',
    });
  });
});

describe('a workload as the target', () => {
  const target = { found: 'workload', workload, subject: 'statefulset:prod/chain/node' } as const;
  const pinned = { uid: 's1', name: 'node', subject: target.subject, workload: target.subject };

  test('passes when it is the pinned one, or none is pinned yet', () => {
    expect(verdictOf('target', { run: { pinned }, facts: { target } })).toMatchObject({ result: 'pass', have: 'StatefulSet node, uid s1' });
    expect(verdictOf('target', { run: { pinned: null }, facts: { target } }).result).toBe('pass');
  });

  test('is gone when another one bears its name, however whole that is', () => {
    expect(verdictOf('target', { run: { pinned: { ...pinned, uid: 's0' } }, facts: { target, workload: whole } })).toMatchObject({
      reason: 'target-gone',
      have: 'StatefulSet node has uid s1, the run is about s0',
    });
  });
});

describe('the node under the target', () => {
  test.each([
    ['answers', { nodeReady: true }, { result: 'pass' }],
    ['is not assigned yet', { node: null, nodeReady: null }, { result: 'pass' }],
    ['does not answer', { nodeReady: false }, { result: 'refuse', reason: 'node-unreachable', have: 'node worker-1 is not ready' }],
    ['cannot be read', { nodeReady: null }, { result: 'refuse', reason: 'unknown-target' }],
  ])('%s', (_name, view, verdict) => {
    expect(verdictOf('target', { facts: { target: found(view) } })).toMatchObject(verdict);
  });
});

test('the workload of an object that is there is not asked for', () => {
  const facts = { ...factsOf(), workload: unknown('timeout') };
  expect(verdictIn({ ...inputOf(), facts }, 'target').result).toBe('pass');
});
