import type { Edition, Step } from '../../../../src/core/edition.ts';
import { sampleEdition } from '../../../support/sample.ts';

/** Steps of a ladder, as short as a test can say them. */

type Of<W extends Step['word']> = Extract<Step, { word: W }>;

const once = { attempts: 1, backoffMs: 10_000 };

export const checkStep = (path: string, over: Partial<Of<'check'>> = {}): Step => ({
  path,
  scope: '',
  name: path,
  if: null,
  word: 'check',
  check: 'kubernetes/pod-ready',
  with: {},
  timeoutMs: 10_000,
  expect: null,
  retry: once,
  onFailure: 'stop',
  ...over,
});

export const actionStep = (path: string, over: Partial<Of<'action'>> = {}): Step => ({
  path,
  scope: '',
  name: path,
  if: null,
  word: 'action',
  action: 'kubernetes/delete-pod',
  with: {},
  settleMs: 0,
  verify: null,
  retry: once,
  onFailure: 'stop',
  ...over,
});

export const collectStep = (path: string): Step => ({
  path,
  scope: '',
  name: path,
  if: null,
  word: 'collect',
  collect: 'kubernetes/logs',
  with: {},
  timeoutMs: 10_000,
});

export const waitStep = (path: string, waitMs = 60_000): Step => ({ path, scope: '', name: path, if: null, word: 'wait', waitMs });

export const escalateStep = (path: string, message = 'look at ${target.name}'): Step => ({
  path,
  scope: '',
  name: path,
  if: null,
  word: 'escalate',
  to: 'storage-team',
  message,
});

/** An edition whose ladder has these rungs; each is climbed after any outcome but `not-applicable`. */
export function ladder(...rungs: readonly (readonly Step[])[]): Edition {
  const edition = sampleEdition();
  return {
    ...edition,
    ladder: rungs.map((steps, rung) => ({ remediation: `rung-${rung}`, mode: null, when: [], params: {}, steps })),
  };
}

/** Opens the scope of a `use`: steps inside have its path as their scope. */
export const enterStep = (path: string, over: Partial<Of<'enter'>> = {}): Step => ({
  path,
  scope: '',
  name: path,
  if: null,
  word: 'enter',
  remediation: path,
  params: {},
  ...over,
});
