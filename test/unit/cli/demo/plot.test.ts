import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditKind } from '../../../../src/core/audit.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import type { PagerMessage } from '../../../../src/cli/demo/pager.ts';
import { Plot } from '../../../../src/cli/demo/plot.ts';

let struck: string[];
let plot: Plot;
beforeEach(() => {
  struck = [];
  plot = new Plot(({ pod }) => void struck.push(pod));
  plot.told.catch(() => undefined);
});

const see = (node: string, kind: AuditKind, data: JsonObject = {}) => plot.see(node, { id: '1-0', at: 0, kind, run: 'r-1', data });
const rings = (pod: string): PagerMessage => ({
  event: 'trigger',
  incident: 'i-1',
  report: { title: 'title', target: `pod:demo/chain/${pod}`, tried: [] },
});

/** An effect from beginning to end. */
function acts(node: string): void {
  see(node, 'intent');
  see(node, 'result', { state: 'done' });
}

function heal(node: string): void {
  see(node, 'accepted');
  acts(node);
  see(node, 'ended', { state: 'succeeded', reason: 'verified' });
}

const hold = (node: string) => see(node, 'state', { to: 'holding', reason: 'target-busy' });

function handOver(): void {
  see('relay-3', 'accepted');
  acts('relay-3');
  acts('relay-3');
  see('relay-3', 'ended', { state: 'escalated', reason: 'ladder-end' });
}

describe('the plot', () => {
  test('breaks the second node while the first one restarts, and the third one when the second is held', () => {
    plot.begin();
    expect(struck).toEqual(['archive-1']);
    acts('archive-1');
    expect(struck).toEqual(['archive-1', 'archive-2']);
    acts('archive-1');
    hold('archive-2');
    hold('archive-2');
    expect(struck).toEqual(['archive-1', 'archive-2', 'relay-3']);
  });

  test('is told when all three endings are reached, and counts what it took', async () => {
    heal('archive-1');
    hold('archive-2');
    heal('archive-2');
    handOver();
    expect(plot.missing()).toBe('relay-3 was handed over, and the pager has not rung');
    plot.message(rings('relay-3'));
    await plot.told;
    expect(plot.missing()).toBe('');
    expect(plot.summary()).toEqual({ alerts: 3, healed: 2, handedOver: 1, effects: 4 });
    expect(plot.endings().map(({ pod }) => pod)).toEqual(['archive-1', 'archive-2', 'relay-3']);
  });

  test.each([
    ['archive-1', 'escalated', 'budget-spent', 'archive-1 was to end succeeded and ended escalated (budget-spent)'],
    ['relay-3', 'succeeded', 'verified', 'relay-3 was to end escalated and ended succeeded (verified)'],
    ['archive-2', 'succeeded', 'verified', 'archive-2 was to be held by a guard and was not'],
  ])('fails when %s ends otherwise: %s', async (pod, state, reason, sentence) => {
    see(pod, 'ended', { state, reason });
    await expect(plot.told).rejects.toThrow(sentence);
  });

  test('says for each node what is still missing', () => {
    see('archive-1', 'accepted');
    acts('archive-1');
    see('archive-2', 'accepted');
    hold('archive-2');
    expect(plot.missing()).toBe(
      'archive-1 was acted on, and is not verified yet; archive-2 is still held (target-busy); relay-3 was not reported yet',
    );
  });

  test('has nothing to do with other nodes', () => {
    see('archive-0', 'ended', { state: 'escalated', reason: 'budget-spent' });
    plot.message(rings('archive-0'));
    expect(plot.summary()).toEqual({ alerts: 0, healed: 0, handedOver: 0, effects: 0 });
  });
});
