import { createHash } from 'node:crypto';
import type { Edition } from '../core/edition.ts';
import { canonicalJsonKnowing } from '../core/json.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The content hash of each edition. What thousands of rules share (steps, workloads, priorities) is written out once. */
export function createEditionHash(): (edition: Edition) => string {
  const texts = new Map<unknown, string>();
  const canonical = canonicalJsonKnowing(texts);
  return (edition) => {
    const { workloads, escalation, priorities, execAllow, endpoints, ladder } = edition;
    const parts = [...Object.values(workloads), escalation, priorities, execAllow, endpoints, ...ladder.map(({ steps }) => steps)];
    for (const part of parts) if (part !== null && !texts.has(part)) texts.set(part, canonical(part));
    return sha256(canonical(edition));
  };
}
