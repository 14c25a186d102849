import { expect, test } from 'vitest';
import { repository, said, saidOfExample } from './program.ts';

const broken = `${repository}/test/fixtures/broken/base/remediad.yaml`;

test('`windows` tells which time intervals are active at a time, and when they change', async () => {
  const { code, out } = await said('windows', '--config.file', broken, '--at', '2026-01-01T05:00:00+01:00');
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'INTERVAL   ACTIVE   CHANGES                               RULES',
      'nights     yes      2026-01-01T06:00:00.000Z  (in 2h0m)   none',
    ].join('\n'),
  );
  expect(JSON.parse((await said('windows', '--config.file', broken, '--at', '2026-01-01T06:00:00Z', '-o', 'json')).out)).toEqual([
    { name: 'nights', active: false, changesAt: '2026-01-02T00:00:00.000Z', rules: [] },
  ]);
});

test('without time intervals it says so', async () => {
  expect(await saidOfExample('windows')).toEqual({ code: 0, out: 'No time intervals are configured.', err: '' });
});

test('what is no time is refused with the form of one', async () => {
  expect(await saidOfExample('windows', '--at', 'tomorrow')).toEqual({
    code: 2,
    out: '',
    err: 'remediad: --at: "tomorrow" is no time (fix: write it as in RFC 3339, e.g. 2026-12-24T18:00:00Z or 2026-12-24T19:00:00+01:00)',
  });
});
