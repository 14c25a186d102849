import type { Message } from '../../src/core/incident.ts';
import { reportOf } from '../../src/core/report.ts';
import { NOON, sampleEdition, sampleEffect, sampleRefusal, sampleRun } from './sample.ts';

/** A message as the store hands it to the worker. */
export function sampleMessage(over: Partial<Message> = {}): Message {
  const run = sampleRun({
    effects: [sampleEffect()],
    verdicts: [{ guard: 'lock', result: 'pass' }, sampleRefusal()],
    tried: [{ rung: 0, remediation: 'node-recovery', outcome: 'ineffective', detail: 'still firing', at: NOON + 60_000 }],
    evidence: [{ path: 'logs', collector: 'kubernetes/logs', sha256: 'x', bytes: 9, excerpt: ['panic: no peers'] }],
  });
  const links = { externalUrl: 'https://ops.example', alertmanagerUrl: 'http://alertmanager:9093' };
  return {
    id: 'm-1',
    receiver: 'hook',
    event: 'trigger',
    incident: 'i-1',
    dedupKey: 'remediad/i-1',
    priority: 'P1',
    report: reportOf(run, sampleEdition(), 'ladder-end', '', links),
    attempts: 0,
    createdAt: NOON,
    ...over,
  };
}
