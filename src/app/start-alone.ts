import type { OwnTrigger, Start } from '../core/run-start.ts';
import type { SlotRequest } from '../core/store.ts';
import { slotRequest, type RuleMatch, type SlotContext } from './slot-request.ts';

/** What a run that no alert started goes by in place of one. */
export function standIn(labels: Readonly<Record<string, string>>, at: number): Start['alert'] {
  return { fingerprint: '', labels, annotations: {}, startsAt: at, generatorURL: '' };
}

/** What the store needs to start the run of a tick or of a human. */
export function requestAlone(
  match: RuleMatch,
  labels: Readonly<Record<string, string>>,
  context: SlotContext & { readonly trigger: OwnTrigger },
): SlotRequest {
  return slotRequest(match, standIn(labels, context.receivedAt), context);
}
