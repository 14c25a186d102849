import { describe, expect, test } from 'vitest';
import { receiverSchema, secretFilesOf } from '../../../src/core/receivers.ts';

const webhook = { name: 'hook', type: 'webhook', url: 'https://hooks.example/x', secret_file: 'hook.key' };
const pagerduty = { name: 'pagerduty-chain', type: 'pagerduty', routing_key_file: '/run/secrets/pd' };

describe('a receiver', () => {
  test('of each type is read, with its defaults', () => {
    expect(receiverSchema.parse(webhook)).toEqual(webhook);
    expect(receiverSchema.parse(pagerduty)).toEqual({ ...pagerduty, url: 'https://events.pagerduty.com/v2/enqueue' });
    expect(receiverSchema.parse({ ...pagerduty, url: 'http://127.0.0.1:9' })).toMatchObject({ url: 'http://127.0.0.1:9' });
  });

  test('of each type tells which files hold its secrets', () => {
    expect([webhook, pagerduty].map((receiver) => secretFilesOf(receiverSchema.parse(receiver)))).toEqual([
      ['hook.key'],
      ['/run/secrets/pd'],
    ]);
  });

  test.each([
    ['an unknown type', { ...webhook, type: 'carrier-pigeon' }],
    ['an unknown key', { ...webhook, secret: 'in clear' }],
    ['no secret', { name: 'hook', type: 'webhook', url: 'https://hooks.example' }],
    ['a name that is no word', { ...webhook, name: 'a b' }],
    ['an address that is none', { ...webhook, url: 'hooks.example' }],
    ['another protocol', { ...webhook, url: 'ftp://hooks.example' }],
    ['a user in the address', { ...webhook, url: 'https://bob@hooks.example' }],
    ['a password in the address', { ...webhook, url: 'https://:pw@hooks.example' }],
    ['a fragment in the address', { ...webhook, url: 'https://hooks.example/#x' }],
  ])('with %s is refused', (_defect, receiver) => {
    expect(receiverSchema.safeParse(receiver).success).toBe(false);
  });
});
