import { expect, test } from 'vitest';
import { isDns1123Label, isDns1123Subdomain } from '../../../src/core/dns1123.ts';

test.each(['a', 'archivechain-prod', '0', `a${'b'.repeat(61)}c`])('%s is a label', (name) => {
  expect(isDns1123Label(name)).toBe(true);
});

test.each(['', '-a', 'a-', 'A', 'a.b', 'a/b', '..', 'a b', 'a\n', 'ä', 'a'.repeat(64), 'p/../../apis?x='])('%j is none', (name) => {
  expect(isDns1123Label(name)).toBe(false);
});

test('a subdomain is labels joined by dots, up to 253 characters', () => {
  expect(isDns1123Subdomain('node-1.archivechain.example')).toBe(true);
  expect(isDns1123Subdomain('node..1')).toBe(false);
  expect(isDns1123Subdomain(Array.from({ length: 126 }, () => 'a').join('.'))).toBe(true);
  expect(isDns1123Subdomain(Array.from({ length: 128 }, () => 'a').join('.'))).toBe(false);
});
