import { expect, test } from 'vitest';
import { createTurnstile } from '../../../src/app/turnstile.ts';

test('what has room is let in at once, the rest in the order in which it came, small or large', async () => {
  const turnstile = createTurnstile(10);
  const entered: string[] = [];
  const enter = (name: string, size: number) => void turnstile.enter(size).then(() => entered.push(name));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  enter('a', 6);
  enter('b', 4);
  enter('c', 8);
  enter('d', 1);
  await settle();
  expect(entered).toEqual(['a', 'b']);
  turnstile.leave(4);
  await settle();
  expect(entered, 'd must not overtake c').toEqual(['a', 'b']);
  turnstile.leave(6);
  await settle();
  expect(entered).toEqual(['a', 'b', 'c', 'd']);
});
