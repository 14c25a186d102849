import { describe, expect, test } from 'vitest';
import { readFrame } from '../../../../src/adapters/kubernetes/exec-frames.ts';

const frame = (channel: number, payload: string | object) =>
  Buffer.concat([Buffer.of(channel), Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))]);
const exited = (causes: unknown) => ({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes } });
const unreachable = expect.objectContaining({ name: 'ClusterError', kind: 'unreachable' });

describe('a frame', () => {
  test.each([
    ['standard output', frame(1, 'so'), { kind: 'stdout', chunk: Buffer.from('so') }],
    ['standard error', frame(2, 'no'), { kind: 'stderr', chunk: Buffer.from('no') }],
    ['success', frame(3, { metadata: {}, status: 'Success' }), { kind: 'exit', code: 0 }],
    ['an exit code', frame(3, exited([{ reason: 'ExitCode', message: '3' }])), { kind: 'exit', code: 3 }],
    [
      'an exit code among other causes',
      frame(3, exited([{ reason: 'X' }, { reason: 'ExitCode', message: '137' }])),
      { kind: 'exit', code: 137 },
    ],
    ['an opened channel', frame(3, ''), null],
    ['an opened input', frame(0, ''), null],
  ])('is %s', (_, message, expected) => {
    expect(readFrame(message)).toEqual(expected);
  });

  test.each([
    ['no channel', Buffer.alloc(0)],
    ['an unknown channel', frame(255, '\u0001')],
    ['a channel for sizes', frame(4, '{}')],
    ['a status that is no JSON', frame(3, 'oops')],
    ['a status that is a list', frame(3, [])],
    ['a status without its word', frame(3, { reason: 'NonZeroExitCode' })],
    ['another failure than an exit code', frame(3, { status: 'Failure', reason: 'InternalError', message: 'no such program' })],
    ['an exit code without a number', frame(3, exited([{ reason: 'ExitCode', message: 'three' }]))],
    ['an exit code with a sign', frame(3, exited([{ reason: 'ExitCode', message: '-1' }]))],
    ['no causes', frame(3, exited(null))],
  ])('with %s leaves unknown how the command ended', (_, message) => {
    expect(() => readFrame(message)).toThrow(unreachable);
  });

  test('that tells of a failure keeps its words', () => {
    expect(() => readFrame(frame(3, { status: 'Failure', message: 'no such program' }))).toThrow('no such program');
  });
});
