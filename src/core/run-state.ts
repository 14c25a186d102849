export const LIVE_STATES = ['pending', 'holding', 'awaiting-approval', 'running', 'sleeping', 'verifying', 'reconciling'] as const;
export const END_STATES = ['succeeded', 'observed', 'skipped', 'cancelled', 'escalated'] as const;
export type LiveState = (typeof LIVE_STATES)[number];
export type EndState = (typeof END_STATES)[number];
export type RunState = LiveState | EndState;

export function isEnded(state: RunState): state is EndState {
  return (END_STATES as readonly string[]).includes(state);
}
