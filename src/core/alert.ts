/** What comes in: alerts, the webhook that carries them, and their identity. */
export type { Alert, RejectedAlert } from './alert/alert.ts';
export { alertLimits, isRejected, parseAlert } from './alert/alert.ts';
export { fingerprintOf } from './alert/fingerprint.ts';
export { maxAlerts, parseWebhook, WebhookError, type Webhook } from './alert/webhook.ts';
