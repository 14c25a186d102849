import { describe, expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import { newRun, pageAfter, priorityOf } from '../../../src/core/run-start.ts';
import { renderTarget } from '../../../src/core/target.ts';
import { NOON, onSchedule, sampleEdition, sampleRun } from '../../support/sample.ts';

const { labels, annotations, generatorURL } = sampleRun();
const alert = { fingerprint: 'f00dfeed', labels, annotations, startsAt: NOON - 60_000, generatorURL };
const withRule = (over: Partial<Edition['rule']>): Edition => {
  const edition = sampleEdition();
  return { ...edition, rule: { ...edition.rule, ...over } };
};
const start = (over: Partial<Parameters<typeof newRun>[0]> = {}) => {
  const edition = sampleEdition();
  return newRun({
    alert,
    edition,
    editionHash: 'e'.repeat(64),
    target: renderTarget(edition, alert, 'main'),
    dry: null,
    receivedAt: NOON,
    ...over,
  });
};

describe('the run that an alert starts', () => {
  test('is pending, has touched nothing, and knows its alert, edition and target', () => {
    const { id: _id, acceptedAt: _at, since: _since, deadlineAt: _deadline, ...sample } = sampleRun({ pinned: null });
    expect(start()).toEqual({ ...sample, deadlineMs: 3_600_000 });
  });

  test('or a tick, or a human, has no episode, and says what started it', () => {
    expect(start({ trigger: onSchedule })).toMatchObject({ trigger: onSchedule, episodes: {}, labels });
  });

  test('is dry from the start where its rule or its installation only observes', () => {
    expect(start({ dry: 'flag' }).dry).toBe('flag');
  });

  test('is made even when its target cannot be told, in a slot of its own', () => {
    const target = renderTarget(sampleEdition(), { ...alert, labels: {} }, 'main');
    expect(start({ target })).toMatchObject({ slot: 'archivechain-node-down|unresolved|f00dfeed', pinned: null });
  });
});

describe('its priority', () => {
  const labelled = (priority: string) => ({ ...alert, labels: { ...labels, priority } });

  test.each([
    ['is what the rule says, whatever the label does', withRule({ priority: 'P0' }), labelled('P3'), 'P0'],
    ['may depend on the alert', withRule({ priority: '${labels.severity == "critical" ? "P1" : "P3"}' }), labelled('P2'), 'P1'],
    ['is that of the label where the rule says nothing', withRule({ priority: null }), labelled('P3'), 'P3'],
    ['is P2 where nobody says anything', withRule({ priority: null }), alert, 'P2'],
    ['is P2 where the label says nonsense', withRule({ priority: null }), labelled('urgent'), 'P2'],
    ['is that of the label where the expression reads what is not there', withRule({ priority: '${labels.tier}' }), labelled('P0'), 'P0'],
    ['is that of the label where the expression gives nonsense', withRule({ priority: '${1 + 1}' }), labelled('P1'), 'P1'],
  ] as const)('%s', (_name, edition, of, priority) => {
    expect(priorityOf(edition, of)).toBe(priority);
  });
});

describe('a human is woken', () => {
  const priority = (escalateAfterMs: number | null) => ({ respondWithinMs: 1, resolveWithinMs: 1, escalateAfterMs, notify: [] });
  const edition = (escalateAfterMs: Edition['rule']['escalateAfterMs']): Edition => ({
    ...withRule({ escalateAfterMs }),
    priorities: { P0: priority(0), P1: priority(300_000), P2: priority(900_000), P3: priority(null) },
  });

  test.each([
    ['after the time of the rule', edition(60_000), 'P1', false, 60_000],
    ['never, if the rule says so', edition('never'), 'P0', false, null],
    ["after its priority's time where the rule has none", edition(null), 'P2', false, 900_000],
    ['at once for a P0', edition(null), 'P0', false, 0],
    ['never for a priority that only pages at the end', edition(null), 'P3', false, null],
    ['never by a dry run', edition(60_000), 'P0', true, null],
  ] as const)('%s', (_name, of, at, dry, ms) => {
    expect(pageAfter(of, at, dry)).toBe(ms);
  });
});
