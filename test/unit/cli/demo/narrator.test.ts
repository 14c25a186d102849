import { afterEach, describe, expect, test, vi } from 'vitest';
import { Narrator, wrap } from '../../../../src/cli/demo/narrator.ts';

afterEach(() => vi.unstubAllEnvs());

function told(tty: boolean, tell: (narrator: Narrator) => void): string[] {
  const lines: string[] = [];
  using narrator = new Narrator({ tty, out: (text) => void lines.push(text) });
  narrator.begin(10_000);
  tell(narrator);
  narrator.say('end');
  return lines;
}

describe('the story', () => {
  test('is told in the order in which it happened, not in which it was heard of', () => {
    const lines = told(false, (narrator) => {
      narrator.tell({ at: 12_345, node: 'a-1', text: 'second', tone: 'plain' });
      narrator.tell({ at: 10_900, node: '', text: 'first', tone: 'good' });
    });
    expect(lines).toEqual([' +0.9s             first', ' +2.3s  a-1        second', 'end']);
  });

  test('is wrapped, and its lines stand below each other', () => {
    const lines = told(false, (narrator) => narrator.tell({ at: 10_000, node: 'a-1', text: 'word '.repeat(30).trim(), tone: 'plain' }));
    expect(lines).toEqual([` +0.0s  a-1        ${'word '.repeat(16).trim()}`, `                   ${'word '.repeat(14).trim()}`, 'end']);
  });

  test('has colours on a terminal alone', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    const line = { at: 10_000, node: '', text: 'good', tone: 'good' } as const;
    expect(told(true, (narrator) => narrator.tell(line))[0]).toContain('\u001b[32mgood\u001b[39m');
    expect(told(false, (narrator) => narrator.tell(line))[0]).not.toContain('\u001b');
  });

  test('leaves what is to be copied on one line', () => {
    const command = 'curl '.repeat(40).trim();
    expect(told(false, (narrator) => narrator.command(command))).toEqual([`  ${command}`, 'end']);
  });
});

describe('wrapping', () => {
  test.each([
    ['', ['']],
    ['short', ['short']],
    ['one two three', ['one two', 'three']],
    ['a_word_that_is_too_long for it', ['a_word_that_is_too_long', 'for it']],
  ])('%j', (text, lines) => {
    expect(wrap(text, 8)).toEqual(lines);
  });
});
