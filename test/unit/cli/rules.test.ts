import { describe, expect, test } from 'vitest';
import { saidOfExample } from './program.ts';

describe('`rules show`', () => {
  test('prints every rule with its settings and where each came from', async () => {
    const { code, out } = await saidOfExample('rules', 'show');
    expect(code).toBe(0);
    expect(out).toMatch(/^archivechain-node-down {2}rules\/archivechain\.yaml:4 {2}team archivechain$/m);
    expect(out).toMatch(/^started by +alerts with alertname="ArchiveChainNodeDown", severity="critical"$/m);
    expect(out).toMatch(/^rung 1 +node-recovery \(observe\) min_peers=3$/m);
    expect(out).toMatch(/^cooldown +10m +rule \(rules\/archivechain\.yaml:\d+\)$/m);
    expect(out).toMatch(/^target_cooldown +5m +built in$/m);
  });

  test('of one rule, as JSON, or as names', async () => {
    const json = JSON.parse((await saidOfExample('rules', 'show', 'archivechain-low-peers', '-o', 'json')).out) as { name: string }[];
    expect(json).toMatchObject([{ name: 'archivechain-low-peers', matchers: [{ name: 'alertname', op: '=', value: 'LowPeerCount' }] }]);
    expect((await saidOfExample('rules', 'show', '-o', 'name')).out).toBe(
      'archivechain-node-down\narchivechain-low-peers\narchivechain-storage-high',
    );
  });

  test('says of a dry run that nothing is done', async () => {
    const { out } = await saidOfExample('rules', 'show', 'archivechain-low-peers', '--dry-run');
    expect(out).toMatch(/^mode +observe, and nothing is done: dry run$/m);
  });

  test('knows the name that was meant', async () => {
    expect(await saidOfExample('rules', 'show', 'archivechain-low-peer')).toEqual({
      code: 1,
      out: '',
      err: 'remediad: there is no rule "archivechain-low-peer": did you mean "archivechain-low-peers"?',
    });
  });
});

describe('`rules test`', () => {
  const down = ['alertname=ArchiveChainNodeDown', 'severity="critical"'];

  test('names the rules that take such an alert', async () => {
    expect(await saidOfExample('rules', 'test', ...down)).toEqual({ code: 0, out: 'archivechain-node-down', err: '' });
    expect(await saidOfExample('rules', 'test', 'alertname=Watchdog')).toEqual({ code: 0, out: '', err: 'No rule takes it.' });
  });

  test('fails if others were expected', async () => {
    expect((await saidOfExample('rules', 'test', ...down, '--verify.rules=archivechain-node-down')).code).toBe(0);
    expect((await saidOfExample('rules', 'test', 'alertname=Watchdog', '--verify.rules=')).code).toBe(0);
    expect(await saidOfExample('rules', 'test', ...down, '--verify.rules', 'archivechain-low-peers')).toEqual({
      code: 1,
      out: 'archivechain-node-down',
      err: 'WARNING: Expected rules did not match resolved rules: expected archivechain-low-peers, found archivechain-node-down.',
    });
  });

  test('shows whom it asked, and what each matcher said', async () => {
    const { out } = await saidOfExample('rules', 'test', '--tree', 'alertname=LowPeerCount');
    expect(out.split('\n')).toEqual([
      'Rules that are asked:',
      '.',
      '├── archivechain-node-down  alertname="ArchiveChainNodeDown" ✗ ("LowPeerCount"), severity="critical" ✗ ("")',
      '└── archivechain-low-peers  alertname="LowPeerCount" ✓',
      '',
      'archivechain-low-peers',
    ]);
    expect(JSON.parse((await saidOfExample('rules', 'test', 'alertname=LowPeerCount', '-o', 'json')).out)).toMatchObject({
      labels: { alertname: 'LowPeerCount' },
      rules: ['archivechain-low-peers'],
      asked: [{ takes: false }, { takes: true, matches: true, continue: false }, { takes: false }],
    });
  });

  test.each(['alertname', '=LowPeerCount', 'alertname=~Low.*', 'alertname!=A'])('takes no %s for a label', async (pair) => {
    expect(await saidOfExample('rules', 'test', pair)).toEqual({
      code: 2,
      out: '',
      err: `remediad: ${JSON.stringify(pair)} is no label (fix: write label=value)`,
    });
  });
});
