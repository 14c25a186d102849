import type { Redis } from 'ioredis';
import type { AuditEntry } from '../../core/audit.ts';
import type { Escalation, Incident } from '../../core/incident.ts';
import type { IncidentStore } from '../../core/store.ts';
import { list, number, oneOf, optionalText, text } from './decode.ts';
import { readIncident } from './incident-record.ts';
import type { Keys } from './keys.ts';
import { auditPart, escalationPart } from './requests.ts';
import { TextList, type RunScript } from './scripts.ts';

export function incidentStore(redis: Redis, keys: Keys, script: RunScript): IncidentStore {
  const opening = async (name: string, request: object, escalation: Escalation, audit: readonly AuditEntry[]): Promise<string | null> => {
    const texts = new TextList();
    const told = { ...request, escalation: escalationPart(escalation, texts), audit: auditPart(audit, texts) };
    return optionalText(await script(name, told, texts.texts));
  };
  const changed = async (
    name: string,
    request: { readonly id: string; readonly by: string; readonly snoozeMs?: number },
  ): Promise<Incident | null> => (number(await script(name, request)) === 0 ? null : readIncident(redis, keys, request.id));
  return {
    async pageDue(limit) {
      const due = list(await script('page-due', { limit })).map(list);
      return due.map(([kind, id]) => ({ kind: oneOf(['run', 'incident'], kind), id: text(id) }));
    },
    openFor: (run, escalation, audit) => opening('open-for', { run }, { ...escalation, run }, audit),
    openForCluster: (run, escalation) => opening('open-for-cluster', { run }, { ...escalation, run }, []),
    openOrphan: (fingerprint, slot, escalation, audit) => opening('open-orphan', { fingerprint, slot }, escalation, audit),
    openOwn: (slot, escalation, audit) => opening('open-own', { slot }, escalation, audit),
    async tellOwn(slot, over) {
      await script('tell-own', { slot, over });
    },
    async postponePage(run, ms) {
      await script('postpone-page', { run, ms });
    },
    async advanceIncident(id) {
      await script('advance-incident', { id });
    },
    acknowledge: (id, by) => changed('acknowledge', { id, by }),
    resolve: (id, by, snoozeMs) => changed('resolve', { id, by, snoozeMs }),
  };
}
