import type { Labels } from '../world.ts';

/** The body that Alertmanager posts for one firing alert. */
export function webhookOf(labels: Labels): string {
  const startsAt = '2026-11-21T20:53:29.441Z';
  const alert = { status: 'firing', labels, annotations: {}, startsAt, endsAt: '0001-01-01T00:00:00Z', generatorURL: '' };
  return JSON.stringify({ version: '4', receiver: 'remediad', alerts: [alert] });
}
