import { describe, expect, test } from 'vitest';
import { linesOfSummary, sentenceOfReached, sentenceOfRefused, serverOf } from '../../../../src/core/words/observed.ts';
import { summaryOf } from '../../../../src/core/observed/summary.ts';
import { observedRow } from '../../../../src/core/observed/row.ts';
import { NOON, sampleEffect, sampleRun } from '../../../support/sample.ts';

const reached = { rung: 0, rungs: 2, remediation: 'node-recovery', step: 'restart', plan: null, missed: [] };
const refused = { guard: 'health', reason: 'too-few-healthy', have: '2 of 3', need: '3', times: 1, first: NOON, last: NOON } as const;

test('where a path ended, and what it never came to', () => {
  expect(sentenceOfReached(reached)).toBe('The path ended on rung 1 of 2 (node-recovery), step restart.');
  expect(sentenceOfReached({ ...reached, step: null, missed: ['restart-pod/restart: kubernetes/delete-pod'] })).toBe(
    'The path ended on rung 1 of 2 (node-recovery). Never came to restart-pod/restart: kubernetes/delete-pod: what it would do there depends on what it did not do.',
  );
});

test('who refused, and how often', () => {
  expect(sentenceOfRefused(refused)).toBe('health refused (too-few-healthy): 2 of 3, needs 3.');
  expect(sentenceOfRefused({ ...refused, times: 4 })).toBe('health refused (too-few-healthy): 2 of 3, needs 3; 4 times.');
});

test.each([
  [{ would: 'effect', server: 'the server accepts it', effect: 'x', reason: 'observe-only' }, 'the server accepts it'],
  [{ would: 'effect', server: null, effect: 'x', reason: 'observe-only' }, 'not asked: its rule was set to observe while it was under way'],
  [{ would: 'ask', server: null, effect: 'x', reason: 'approval-required' }, 'not asked: a human would have been asked first'],
  [{ would: 'escalate', server: null, effect: 'x', reason: 'budget-spent' }, 'not asked: the effect was refused (budget-spent)'],
  [{ would: 'nothing', server: null, effect: null, reason: 'resolved' }, 'not asked: no effect was planned'],
  [{ would: null, server: null, effect: null, reason: null }, 'not asked: the run never came to an effect'],
] as const)('what the server said, or why it was not asked: %j', (row, said) => {
  expect(serverOf(row)).toBe(said);
});

describe('the summary in words', () => {
  const period = { since: NOON - 3_600_000, until: NOON, incompleteBefore: null };
  const budget = { max: 3, perMs: 3_600_000 };

  test('tells all of it', () => {
    const end = { reason: 'observe-only', detail: '', would: 'effect', at: NOON } as const;
    const run = sampleRun({ dry: 'flag', state: 'observed', end, effects: [sampleEffect({ result: 'would', at: NOON })] });
    const stopped = {
      ...run,
      effects: [],
      end: { ...end, would: 'escalate' as const },
      refused: [{ ...refused, guard: 'budget' as const, reason: 'budget-spent' as const, times: 2 }],
    };
    const budgets = [
      { ...budget, rule: run.rule, scope: 'target' as const },
      { ...budget, rule: null, scope: 'installation' as const },
      { ...budget, rule: 'b', scope: 'rule' as const },
    ];
    expect(
      linesOfSummary(summaryOf([observedRow(run), observedRow(stopped)], { ...period, incompleteBefore: NOON - 60_000 }, budgets)),
    ).toEqual([
      'From 2025-07-24 11:00:00 UTC to 2025-07-24 12:00:00 UTC: 2 runs: 1 would act, 1 would wake a human.',
      'Runs that ended before 2025-07-24 11:59:00 UTC are forgotten: what was accepted earlier may be missing here.',
      '  archivechain-node-down: 2 runs: 1 would act, 1 would wake a human. A budget would have stopped 1.',
      'Refused by budget (budget-spent): 1 run, 2 times.',
      'Busiest hour: from 2025-07-24 12:00:00 UTC, 1 effect in 2 runs.',
      'Busiest target: pod:main/archivechain-prod/node-1, 1 effect in 2 runs.',
      'Budget of archivechain-node-down (target): 3 per 1h; at most 1, on pod:main/archivechain-prod/node-1 until 2025-07-24 12:00:00 UTC.',
      'Budget of the installation: 3 per 1h; at most 1, on installation until 2025-07-24 12:00:00 UTC.',
      'Budget of b (rule): 3 per 1h; no effect.',
    ]);
  });

  test('says of no budget that it would have stopped anything, where none did', () => {
    const run = sampleRun({ dry: 'flag', state: 'pending' });
    expect(linesOfSummary(summaryOf([observedRow(run)], period, []))[1]).toBe('  archivechain-node-down: 1 run: 1 under way.');
  });

  test('tells that there was nothing', () => {
    expect(linesOfSummary(summaryOf([], period, []))).toEqual(['From 2025-07-24 11:00:00 UTC to 2025-07-24 12:00:00 UTC: 0 runs.']);
  });
});
