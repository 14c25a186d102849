import type { ClientOptions } from './client-options.ts';
import type { Timing } from '../../core/timing.ts';

/**
 * How a client behaves when the store is away or hangs.
 * - `intake`, `scripts`: fail fast. Nothing is kept for later: a command that waited in a queue would be acknowledged to nobody, and a
 *   script that is sent a second time by the client would count twice. A command that timed out may still have been carried out.
 * - `worker`: BullMQ's. It waits and sends again, because BullMQ loses its place otherwise.
 * - `blocking`: for one reader that blocks on the server, like the audit stream's.
 */
export type Profile = 'intake' | 'scripts' | 'worker' | 'blocking';

export function profileOptions(profile: Profile, timing: Timing): ClientOptions {
  switch (profile) {
    // Less than the webhook's own deadline, so that its answer is a 503 and not a broken connection.
    case 'intake':
      return { ...common(), ...failFast(timing.intakeMs * 0.75) };
    case 'scripts':
      return { ...common(), ...failFast(timing.intakeMs) };
    case 'worker':
      // A BZPOPMIN blocks for up to 10 s; a socket without data for longer than this is dead, whatever TCP thinks.
      return { ...common(), maxRetriesPerRequest: null, enableOfflineQueue: true, socketTimeout: Math.max(timing.leaseMs, 20_000) };
    case 'blocking':
      return { ...common(), enableOfflineQueue: false, maxRetriesPerRequest: 0, blockingTimeout: 60_000, blockingTimeoutGrace: 2_000 };
  }
}

function failFast(commandMs: number): ClientOptions {
  return {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandMs,
    // Half-open connections: two commands in a row without any answer.
    socketTimeout: 2 * commandMs,
  };
}

function common(): ClientOptions {
  return {
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(25 * 2 ** Math.min(attempt, 10), 1_000),
    // After a failover the address may still lead to the old primary; a new connection asks again.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  };
}
