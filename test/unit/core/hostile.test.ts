import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DurationError, parseDuration } from '../../../src/core/duration.ts';
import { ExpressionError, parseExpression, parseTemplate, type Variables } from '../../../src/core/expression.ts';
import { MatcherError, parseMatchers } from '../../../src/core/matcher.ts';
import { parseWebhook, WebhookError } from '../../../src/core/webhook.ts';

/** Fails with whatever is thrown unless it is the one error that the caller must expect. */
function throwsAtMost(type: new (...args: never[]) => Error, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof type)) throw error;
  }
}

const pieces = [
  'labels',
  'steps',
  '.a',
  '["a"]',
  ' ',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '${',
  '"',
  "'",
  '\\',
  '==',
  '&&',
  '!',
  '-',
  '1',
  '2.5',
  '?',
  ':',
  ',',
  'null',
  'x',
  '.map(x, x)',
  '.exists(x, x)',
  'has(',
  'size(',
  'in',
];
const cel = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''));
const text = fc.oneof(cel, fc.string({ unit: 'binary' }));

test('an expression is refused, has a value, or says why it has none', () => {
  const variables: Variables = { labels: { a: 'b' }, steps: { a: { a: 1, b: [1, 'x', null] } } };
  fc.assert(
    fc.property(text, (source) => {
      throwsAtMost(ExpressionError, () => parseExpression(source).evaluate(variables));
      throwsAtMost(ExpressionError, () => parseTemplate(source).evaluate(variables));
      throwsAtMost(ExpressionError, () => parseTemplate(`x\${${source}}`).evaluate(variables));
    }),
    { numRuns: 1000 },
  );
});

test('matchers and durations are read or refused', () => {
  const matcher = fc
    .array(fc.constantFrom('a', '=', '!', '~', '"', '\\', '{', '}', ',', ' ', 'x41', '[', '🙂'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(matcher, text), (source) => {
      throwsAtMost(MatcherError, () => parseMatchers(source));
      throwsAtMost(DurationError, () => parseDuration(source));
    }),
    { numRuns: 1000 },
  );
});

test('a webhook of any shape is read or refused, and no alert of it is lost unseen', () => {
  const odd = fc.jsonValue({ maxDepth: 3 });
  const alert = fc.record(
    {
      status: fc.oneof(fc.constantFrom('firing', 'resolved'), odd),
      labels: fc.oneof(fc.dictionary(fc.string(), fc.string()), odd),
      annotations: odd,
      startsAt: fc.oneof(fc.constant('2026-11-21T20:00:00Z'), odd),
      endsAt: odd,
      fingerprint: odd,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(odd, fc.record({ version: fc.constant('4'), alerts: fc.oneof(fc.array(fc.oneof(alert, odd)), odd) }));
  fc.assert(
    fc.property(body, (value) => {
      throwsAtMost(WebhookError, () => {
        const { alerts, rejected } = parseWebhook(value);
        expect(alerts.length + rejected.length).toBe((value as { alerts: unknown[] }).alerts.length);
      });
    }),
    { numRuns: 1000 },
  );
});
