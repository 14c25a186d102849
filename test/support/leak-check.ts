import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import { eventually } from './eventually.ts';
import { leftovers, TEST_FILE_MARK } from './leftovers.ts';

// A setup file of every project that starts processes: a test file that leaves one behind fails, and the process is ended.
const mark = randomUUID();
process.env[TEST_FILE_MARK] = mark;

// Hooks of a setup file come first and so run last, after those that the test file itself registers.
afterAll(async () => {
  try {
    await eventually('all processes of this test file to end', () => leftovers(mark).length === 0, { withinMs: 3_000, everyMs: 50 });
  } catch (error) {
    const left = leftovers(mark);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    if (left.length > 0) {
      throw new Error(`left behind: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`, { cause: error });
    }
  }
});
