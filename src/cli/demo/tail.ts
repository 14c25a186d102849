import type { AuditEvent } from '../../core/audit.ts';

/** How long one question waits for an answer. */
const WAIT_MS = 20_000;

/** Hands over every audit event from the first on, in order, as it comes; until `signal` aborts. */
export async function tailAudit(url: string, onEvent: (event: AuditEvent) => void, signal: AbortSignal): Promise<void> {
  let after = '0';
  while (!signal.aborted) {
    const query = new URLSearchParams({ after, limit: '1000', wait: String(WAIT_MS) });
    const answer = await fetch(`${url}/api/v1/audit?${query.toString()}`, { signal });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`remediad answered ${answer.status} to a question for its audit: ${text}`);
    const { data } = JSON.parse(text) as { data: AuditEvent[] };
    for (const event of data) onEvent(event);
    after = data.at(-1)?.id ?? after;
  }
}
