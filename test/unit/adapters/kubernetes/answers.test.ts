import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isAbsent, objectIn, readError, refusalOf, type Answer } from '../../../../src/adapters/kubernetes/answers.ts';
import { callIn } from '../../../../src/adapters/kubernetes/call.ts';

const call = callIn('chain', 'delete', 'pods', 'node-1');

const answer = (status: number, body: object | string): Answer => ({
  status,
  headers: {},
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
/** In the words of the API server. */
const told = (status: number, reason: string, more: object = {}) =>
  answer(status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: `says ${reason}`, code: status, ...more });
const budget = { details: { causes: [{ reason: 'DisruptionBudget', message: 'needs 2' }] } };

describe('a write is', () => {
  test.each([
    [told(401, 'Unauthorized'), { kind: 'rejected', reason: 'not-permitted' }],
    [told(403, 'Forbidden'), { kind: 'rejected', reason: 'not-permitted' }],
    [told(404, 'NotFound'), { kind: 'rejected', reason: 'gone' }],
    [told(409, 'Conflict'), { kind: 'rejected', reason: 'conflict' }],
    [told(400, 'BadRequest'), { kind: 'rejected', reason: 'invalid' }],
    [told(422, 'Invalid'), { kind: 'rejected', reason: 'invalid' }],
    [told(429, 'TooManyRequests', budget), { kind: 'rejected', reason: 'disruption-budget' }],
    [told(429, 'TooManyRequests'), { kind: 'unknown' }],
    [told(500, 'InternalError'), { kind: 'unknown' }],
    [told(503, 'ServiceUnavailable'), { kind: 'unknown' }],
    [told(504, 'Timeout'), { kind: 'unknown' }],
    [answer(302, ''), { kind: 'unknown' }],
    [answer(0, ''), { kind: 'unknown' }],
  ])('refused or unknown by the answer %#', (given, outcome) => {
    expect(refusalOf(call, given)).toMatchObject(outcome);
  });

  test.each([400, 403, 404, 409, 422, 429])('unknown when somebody else on the way says %d', (status) => {
    expect(refusalOf(call, answer(status, '<h1>no</h1>'))).toMatchObject({ kind: 'unknown' });
  });

  test('refused with the verb, the resource and the namespace in the message', () => {
    expect(refusalOf(call, told(403, 'Forbidden'))).toMatchObject({ message: 'delete pods in chain: says Forbidden' });
  });
});

describe('a read that is not answered', () => {
  test.each([
    [told(401, 'Unauthorized'), 'unauthenticated'],
    [told(403, 'Forbidden'), 'forbidden'],
    [told(404, 'NotFound'), 'invalid'],
    [answer(404, '404 page not found'), 'unreachable'],
    [told(410, 'Expired'), 'unreachable'],
    [told(429, 'TooManyRequests'), 'overloaded'],
    [told(400, 'BadRequest'), 'invalid'],
    [told(500, 'InternalError'), 'unreachable'],
    [answer(502, 'bad gateway'), 'unreachable'],
    [answer(301, ''), 'unreachable'],
  ] as const)('is an error by the answer %#', (given, kind) => {
    expect(readError(call, given)).toMatchObject({ name: 'ClusterError', kind, message: expect.stringContaining('delete pods in chain') });
  });
});

test('only the API server knows that an object does not exist', () => {
  expect(isAbsent(told(404, 'NotFound'))).toBe(true);
  expect(isAbsent(answer(404, '404 page not found'))).toBe(false);
  expect(isAbsent(answer(404, { message: 'not found' }))).toBe(false);
  expect(isAbsent(told(410, 'NotFound'))).toBe(false);
});

test.each([
  ['no JSON', '<html>'],
  ['of another shape', '{"metadata":{"name":5}}'],
  ['empty', ''],
])('an answer that is %s is nothing to build upon', (_, text) => {
  const schema = z.object({ metadata: z.object({ name: z.string() }) });
  expect(() => objectIn(schema, call, { text })).toThrow(expect.objectContaining({ name: 'ClusterError', kind: 'unreachable' }));
});
