import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reduce } from '../../../../src/core/reduce/index.ts';
import { END_STATES, LIVE_STATES } from '../../../../src/core/run.ts';
import { defaultTiming } from '../../../../src/core/timing.ts';
import { NOON, sampleEdition } from '../../../support/sample.ts';
import { outcomeOf } from './outcome.ts';
import { MINUTE, type Scenario } from './scenario.ts';
import { dueScenarios } from './scenarios/due.ts';
import { effectScenarios } from './scenarios/effects.ts';
import { peopleScenarios } from './scenarios/people.ts';
import { readingScenarios } from './scenarios/readings.ts';
import { verdictScenarios } from './scenarios/verdicts.ts';

/** The run table of docs/protocol.md, cell by cell: what it names is what `reduce` answers, all of it and nothing else. */

const scenarios = [...dueScenarios, ...verdictScenarios, ...effectScenarios, ...readingScenarios, ...peopleScenarios];
const COLUMNS = ['pending / holding', 'awaiting-approval', 'running', 'sleeping', 'verifying', 'reconciling'];
const WORDS = new Set<string>([
  ...LIVE_STATES,
  ...END_STATES,
  'admit',
  'permit',
  'begin',
  'check',
  'collect',
  'look-up',
  'probe',
  'parks',
  'noted',
  'next rung',
  '–',
]);

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly tokens: readonly string[];
}

function tableOf(page: string): Cell[] {
  const lines = page
    .slice(page.indexOf('## Run\n'), page.indexOf('## Episode'))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const [heads, , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(heads).toEqual(['event', ...COLUMNS]);
  return rows.flatMap((cells) =>
    cells.slice(1).map((cell, index) => ({ row: cells[0] ?? '', column: COLUMNS[index] ?? '', tokens: tokensOf(cell) })),
  );
}

const tokensOf = (cell: string) =>
  [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '').filter((token) => WORDS.has(token.replace(/\(.*\)$/, '')));

const cells = tableOf(readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8'));
const of = (row: string, column: string) => scenarios.filter((one) => row.split(':')[0] === one.row && one.column === column);

function reduced({ given, edition = sampleEdition(), event, after = MINUTE }: Scenario): string {
  return outcomeOf(given, reduce(given, event, { edition, bounds: edition.rule.guards, now: NOON + after, timing: defaultTiming }));
}

describe('the run table', () => {
  test.each(scenarios.map((one, index) => ({ ...one, index })))('$index $row, $column: $token', (scenario) => {
    expect(reduced(scenario)).toBe(scenario.outcome ?? scenario.token);
  });

  test.each(cells.filter(({ tokens }) => tokens.some((token) => token !== '–')))(
    'names all that may come of "$row" in $column, and no more',
    ({ row, column, tokens }) => {
      const shown = new Set(of(row, column).map(({ token }) => token));
      expect([...shown].toSorted()).toEqual([...new Set(tokens)].toSorted());
    },
  );

  test.each(cells.filter(({ tokens }) => tokens.every((token) => token === '–') && tokens.length > 0))(
    'lets "$row" change nothing in $column',
    ({ row, column }) => {
      const events = scenarios.filter((one) => row.split(':')[0] === one.row);
      const states = scenarios.filter((one) => one.column === column && one.row === 'SIGTERM');
      expect(states).not.toEqual([]);
      for (const { given } of states) for (const one of events) expect(reduced({ ...one, given })).toBe('–');
    },
  );

  test('has a row for every scenario', () => {
    const known = new Set(cells.map(({ row, column }) => `${row.split(':')[0]} | ${column}`));
    expect(scenarios.map(({ row, column }) => `${row} | ${column}`).filter((place) => !known.has(place))).toEqual([]);
  });
});
