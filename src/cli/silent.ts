import type { Log, Telemetry } from '../core/ports.ts';

/** For commands that use the daemon's parts in the shell: what they have to say is their output. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };

export const silentTelemetry: Telemetry = {
  alertsReceived() {},
  alertsRejected() {},
  alertsRematched() {},
  webhookAnswered() {},
  ticked() {},
  decision() {},
  effect() {},
  runEnded() {},
  notification() {},
  configLoaded() {},
  configRefused() {},
  storeUp() {},
  clusterUp() {},
};
