import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../../src/core/alert/fingerprint.ts';

/** model/signature_test.go of prometheus/common 0.67.5. Its `fast` fingerprint is another one, which no webhook carries. */
test.each([
  [{}, 14695981039346656037n],
  [{ name: 'garland, briggs', fear: 'love is not enough' }, 5799056148416392346n],
  [{ 'first-label': 'first-label-value' }, 5146282821936882169n],
  [{ 'first-label': 'first-label-value', 'second-label': 'second-label-value' }, 3195800080984914717n],
  [{ 'first-label': 'first-label-value', 'second-label': 'second-label-value', 'third-label': 'third-label-value' }, 13843036195897128121n],
])('the fingerprint of %j', (labels, expected) => {
  expect(fingerprintOf(labels as Record<string, string>)).toBe(expected.toString(16).padStart(16, '0'));
});
