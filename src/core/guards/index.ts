/** Placeholder of the ordered list; names only until the guards stand. */
export const GUARD_NAMES = ['rule', 'brake', 'corroboration', 'suppressed', 'target', 'settling', 'protection', 'lock', 'cooldown', 'budget', 'health', 'loop', 'rights', 'mode'] as const;
export type GuardName = (typeof GUARD_NAMES)[number];
