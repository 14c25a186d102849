import { describe, expect, test } from 'vitest';
import { createTypeCheck } from '../../../../src/core/expression/type-check.ts';

const check = createTypeCheck({
  steps: { pod: { ok: 'bool', phase: 'string', restarts: 'int', conditions: 'list', more: 'dyn' }, 'storage-team': { ok: 'bool' } },
  params: { min: 'int', ratio: 'double' },
});

describe('with known shapes', () => {
  test.each([
    ['steps.pod.phase', 'string'],
    ['steps["storage-team"].ok', 'bool'],
    ['steps.pod.restarts < params.ratio', 'bool'],
    ['steps.pod.restarts * params.ratio', 'double'],
    ['steps.pod.phase == null', 'bool'],
    ['steps.pod.conditions.exists(c, c.type == "Ready")', 'bool'],
    ['steps.pod.more > 3', 'bool'],
    ['workload.anything > 3', 'bool'],
    ['labels.pod', 'string'],
    ['priority == "P0"', 'bool'],
  ])('%s is of type %s', (text, type) => {
    expect(check(text)).toEqual({ type });
  });

  test.each([
    ['steps.pod.restarts == "3"', 'no such overload: int == string', 0],
    ['true && !steps.pod.phase', 'no such overload: !string', 8],
    ['steps.pod.phse', 'steps.pod.phse is missing', 0],
    ['params.max', 'params.max is missing', 0],
  ])('%s is refused', (text, message, offset) => {
    expect(check(text)).toMatchObject({ error: { message, offset } });
  });
});
