/** One alert and its identity; the webhook that carries alerts is read in webhook.ts. */
export type { Alert, RejectedAlert } from './alert/alert.ts';
export { isRejected, parseAlert } from './alert/alert.ts';
export { fingerprintOf } from './alert/fingerprint.ts';
