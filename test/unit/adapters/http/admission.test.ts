import { expect, test } from 'vitest';
import { createAdmission } from '../../../../src/adapters/http/admission.ts';

test('bytes are let in up to the limit, and again as others leave', () => {
  const admission = createAdmission(100);
  expect(admission.enter(60)).toBe(true);
  expect(admission.enter(40)).toBe(true);
  expect(admission.enter(1)).toBe(false);
  admission.leave(60);
  expect(admission.enter(60)).toBe(true);
  expect(admission.enter(1)).toBe(false);
});

test('a lone body larger than the limit finds room', () => {
  const admission = createAdmission(100);
  expect(admission.enter(1_000)).toBe(true);
  expect(admission.enter(1)).toBe(false);
  admission.leave(1_000);
  expect(admission.enter(1)).toBe(true);
});
