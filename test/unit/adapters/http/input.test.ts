import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { integer, line, list, read, runId } from '../../../../src/adapters/http/input.ts';

const query = z.strictObject({
  limit: integer(1, 1000).default(100),
  state: list(['open', 'closed']).optional(),
  by: line(10).optional(),
  id: runId.optional(),
});

describe('what a request asks for', () => {
  test('has defaults', () => {
    expect(read(query, undefined)).toEqual({ limit: 100 });
  });

  test('may give a list by commas, by repeating, or both', () => {
    expect(read(query, { state: 'open,closed' }).state).toEqual(['open', 'closed']);
    expect(read(query, { state: ['open', 'closed,open'] }).state).toEqual(['open', 'closed', 'open']);
  });

  test.each([
    [{ limit: 'abc' }, 'limit: must be a whole number from 1 to 1000'],
    [{ limit: '0' }, 'limit: must be a whole number from 1 to 1000'],
    [{ limit: '1001' }, 'limit: must be a whole number from 1 to 1000'],
    [{ limit: '1e2' }, 'limit: must be a whole number from 1 to 1000'],
    [{ limit: ['1', '2'] }, 'limit: must be a whole number from 1 to 1000'],
    [{ state: 'open,ajar' }, 'state: must be one of open, closed'],
    [{ state: { a: 'b' } }, 'state: must be a text'],
    [{ by: '' }, 'by: must be a line of 1 to 10 characters'],
    [{ by: 'a\nb' }, 'by: must be a line of 1 to 10 characters'],
    [{ by: 'a\u001b[1m' }, 'by: must be a line of 1 to 10 characters'],
    [{ by: 7 }, 'by: must be a line of 1 to 10 characters'],
    [{ id: '../etc/passwd' }, 'id: must be the id of a run, e.g. r-1f'],
    [{ limit: 'x', by: '' }, 'limit: must be a whole number from 1 to 1000; by: must be a line of 1 to 10 characters'],
    [{ limti: '5' }, 'Unrecognized key: "limti"'],
    ['text', 'Invalid input: expected object, received string'],
  ])('is refused when it is %j', (value, message) => {
    expect(() => read(query, value)).toThrow(expect.objectContaining({ type: 'bad_data', message }));
  });
});
