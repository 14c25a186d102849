import { describe, expect, test } from 'vitest';
import type { Edition, Step } from '../../../src/core/edition.ts';
import { attemptOver, currentStep, effectId, nextStep, pathOf, rungAfter, startFrom, startRung, stepAt } from '../../../src/core/ladder.ts';
import type { Run, StepOutput } from '../../../src/core/run.ts';
import { NOON, sampleRun } from '../../support/sample.ts';
import { actionStep, checkStep, enterStep, ladder } from './reduce/steps.ts';

const running = sampleRun({ state: 'running' });
const output = (result: StepOutput['result'], fields: StepOutput['fields'] = {}): StepOutput => ({ result, message: '', at: NOON, fields });
const walk = (steps: readonly Step[], over: Partial<Run> = {}) => nextStep({ ...running, ...over }, ladder(steps), NOON);
/** Path of the step that is carried out next, or what else came. */
const next = (steps: readonly Step[], over: Partial<Run> = {}) => {
  const found = walk(steps, over);
  return found.kind === 'step' ? found.step.path : found.kind;
};
const why = (steps: readonly Step[], path: string, over: Partial<Run> = {}) => walk(steps, over).run.outputs[path];

describe('a rung goes on', () => {
  test('at the first step whose condition holds, from where the run stands', () => {
    const steps = [checkStep('a'), checkStep('b', { if: 'labels.pod == "other"' }), checkStep('c')];
    expect(next(steps)).toBe('a');
    expect(next(steps, { at: 1 })).toBe('c');
    expect(why(steps, 'b', { at: 1 })).toEqual({ result: 'skipped', message: 'not labels.pod == "other"', at: NOON, fields: {} });
    expect(walk(steps, { at: 1 }).run.at).toBe(2);
  });

  test('nowhere behind its last step, and stands there', () => {
    expect(next([checkStep('a')], { at: 1 })).toBe('end');
    expect(walk([checkStep('a', { if: 'false' })]).run.at).toBe(1);
    expect(next([])).toBe('end');
  });

  test('nowhere when a condition has no value, and says at which step', () => {
    const found = walk([checkStep('a', { if: 'labels.nowhere == "x"' })]);
    expect(found).toMatchObject({ kind: 'error', run: { at: 0 } });
    expect(found.kind === 'error' && found.message).toMatch(/^step a: .*labels\.nowhere/);
  });
});

describe('a condition that reads a step', () => {
  const steps = [
    checkStep('health', { if: 'false' }),
    actionStep('restart', { if: '!steps.health.ok' }),
    checkStep('again', { if: 'steps.restart.result == "done"' }),
  ];

  test('which was skipped is not false but meaningless: its step is skipped too, and so on', () => {
    expect(next(steps)).toBe('end');
    expect(why(steps, 'restart')?.message).toBe('needs health');
    expect(why(steps, 'again')?.message).toBe('needs restart');
  });

  test('which failed or is done is about what it said', () => {
    expect(next(steps, { at: 1, outputs: { health: output('failed') } })).toBe('restart');
    expect(next(steps, { at: 1, outputs: { health: output('ok') } })).toBe('end');
    expect(next(steps, { at: 2, outputs: { restart: output('done') } })).toBe('again');
  });
});

describe('a used remediation', () => {
  const nested = (over: { outer?: string | null; inner?: string | null } = {}): Step[] => [
    checkStep('pod'),
    enterStep('recover', { if: over.outer ?? null, params: { peers: '${params.peers}', of: '${steps.pod.phase}' } }),
    checkStep('recover/health', { scope: 'recover', name: 'health', if: 'params.peers > 2' }),
    enterStep('recover/deep', { scope: 'recover', name: 'deep', if: over.inner ?? null, params: { twice: '${params.peers * 2}' } }),
    actionStep('recover/deep/restart', { scope: 'recover/deep', name: 'restart', if: 'params.twice == 6' }),
    actionStep('behind'),
  ];
  const given = (steps: Step[], peers = 3): Edition => {
    const edition = ladder(steps);
    return { ...edition, ladder: edition.ladder.map((rung) => ({ ...rung, params: { peers } })) };
  };
  const outputs = { pod: output('ok', { phase: 'Running' }) };
  const from = (steps: Step[], over: Partial<Run>, peers = 3) =>
    nextStep({ ...running, at: 1, outputs, ...over }, given(steps, peers), NOON);

  test('is entered with parameters that were evaluated outside of it', () => {
    const found = from(nested(), {});
    expect(found.kind === 'step' && found.step.path).toBe('recover/health');
    expect(found.run.outputs['recover']).toEqual({ result: 'entered', message: '', at: NOON, fields: { peers: 3, of: 'Running' } });
  });

  test('sees its own parameters, down to one used inside of it', () => {
    const entered = from(nested(), {}).run;
    const found = from(nested(), { at: 3, outputs: entered.outputs });
    expect(found.kind === 'step' && found.step.path).toBe('recover/deep/restart');
    expect(found.run.outputs['recover/deep']?.fields).toEqual({ twice: 6 });
    const fewer = from(nested(), {}, 2);
    expect(fewer.run.outputs['recover/health']?.message).toBe('not params.peers > 2');
  });

  test('is skipped with everything in it, however deep', () => {
    const found = from(nested({ outer: 'false' }), {});
    expect(found.kind === 'step' && found.step.path).toBe('behind');
    expect(['recover', 'recover/health', 'recover/deep', 'recover/deep/restart'].map((path) => found.run.outputs[path]?.message)).toEqual([
      'not false',
      'recover was skipped',
      'recover was skipped',
      'recover/deep was skipped',
    ]);
  });

  test('may be skipped inside one that is not', () => {
    const entered = from(nested({ inner: 'false' }), {}).run;
    const found = from(nested({ inner: 'false' }), { at: 3, outputs: entered.outputs });
    expect(found.kind === 'step' && found.step.path).toBe('behind');
  });

  test('reads its own steps, not those of the same name outside', () => {
    const steps = [
      checkStep('health'),
      enterStep('recover'),
      checkStep('recover/peers', { scope: 'recover', name: 'peers', if: '!steps.health.ok' }),
    ];
    const found = nextStep({ ...running, at: 1, outputs: { health: output('failed') } }, ladder(steps), NOON);
    expect(found.run.outputs['recover/peers']?.message).toBe('needs health');
  });

  test('can be read as a step that was entered or not', () => {
    const steps = [enterStep('recover', { if: 'labels.pod == "node-1"' }), checkStep('after', { if: 'steps.recover.result == "entered"' })];
    expect(next(steps)).toBe('after');
  });

  test('whose parameters have no value goes nowhere', () => {
    const found = walk([enterStep('recover', { params: { who: '${labels.nobody}' } })]);
    expect(found.kind === 'error' && found.message).toMatch(/^step recover: .*labels\.nobody/);
  });
});

describe('the next rung', () => {
  const edition = ladder([checkStep('a')], [checkStep('b')], [checkStep('c')]);
  const [first, second, third] = edition.ladder;
  const onlyThird = { ...edition, ladder: [first, second, { ...third, when: ['not-applicable'] }] } as Edition;

  test.each([
    ['ineffective', edition, 0, 1],
    ['failed', edition, 1, 2],
    ['failed', edition, 2, null],
    ['not-applicable', edition, 0, null],
    ['not-applicable', onlyThird, 0, 2],
    ['ineffective', onlyThird, 0, 1],
    ['not-applicable', onlyThird, 2, null],
  ] as const)('after one that was %s (case %#)', (outcome, of, rung, climbs) => {
    expect(rungAfter({ ...running, rung }, of, outcome)).toBe(climbs);
  });

  test('starts from its first step and knows nothing of the one before, but which effect ids were used', () => {
    const used = {
      ...running,
      at: 2,
      outputs: { a: output('ok') },
      failures: { a: 1 },
      rungActed: true,
      conflicts: 2,
      attempts: { '0/a': 1 },
    };
    expect(startRung(used, 1)).toEqual({ ...running, rung: 1, attempts: { '0/a': 1 } });
  });
});

describe('the ladder starts', () => {
  const edition = ladder([checkStep('a')], [checkStep('b')]);
  const memory = { rung: 0, outcome: 'verified', endedAt: NOON };
  const HOUR = 3_600_000;

  test('on its first rung for a subject that nobody acted upon', () => {
    expect(startFrom(null, edition, NOON)).toEqual({ kind: 'rung', rung: 0 });
  });

  test('above the rung that was used on the subject within ladder_memory', () => {
    expect(startFrom(memory, edition, NOON + HOUR - 1)).toEqual({ kind: 'rung', rung: 1 });
    expect(startFrom(memory, edition, NOON + HOUR)).toEqual({ kind: 'rung', rung: 0 });
  });

  test('nowhere when that was the last one', () => {
    const last = { ...memory, rung: 1 };
    expect(startFrom(last, edition, NOON)).toEqual({ kind: 'spent', memory: last });
  });
});

describe('an effect id', () => {
  const path = 'recover/deep/restart';

  test('names rung, path and attempt, and its path can be told from it', () => {
    expect(effectId({ ...running, rung: 1 }, path)).toBe('1/recover/deep/restart/1');
    expect(pathOf('1/recover/deep/restart/12')).toBe(path);
  });

  test('is another once its attempt is over', () => {
    const over = attemptOver(running, effectId(running, path));
    expect(effectId(over, path)).toBe('0/recover/deep/restart/2');
    expect(effectId(attemptOver(over, effectId(over, path)), path)).toBe('0/recover/deep/restart/3');
    expect(effectId({ ...over, rung: 1 }, path)).toBe('1/recover/deep/restart/1');
    expect(effectId(over, 'recover')).toBe('0/recover/1');
  });
});

describe('a run that stands where its edition has nothing', () => {
  const edition = ladder([checkStep('a')]);

  test('has no step at hand behind the last one', () => {
    expect(stepAt({ ...running, at: 0 }, edition)?.path).toBe('a');
    expect(stepAt({ ...running, at: 1 }, edition)).toBeUndefined();
    expect(() => currentStep({ ...running, at: 1 }, edition)).toThrow('run r-1a: rung 0 has no step 1');
  });

  test('does not go on with a rung that is not there', () => {
    expect(() => stepAt({ ...running, rung: 1 }, edition)).toThrow('run r-1a: its edition has no rung 1');
  });
});
