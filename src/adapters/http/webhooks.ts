import type { FastifyInstance } from 'fastify';
import { createAdmission } from './admission.ts';
import { ApiError } from './envelope.ts';
import type { HttpParts } from './parts.ts';

/** Measures every request to a webhook, also those that are refused; the API is not counted. */
export function measureWebhooks(app: FastifyInstance, { telemetry, clock }: HttpParts): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.route?.webhook === true) {
      const since = clock.monotonic();
      reply.raw.once('close', () => telemetry.webhookAnswered(reply.raw.statusCode, clock.monotonic() - since));
    }
    done();
  });
}

/** Bounds what is taken in at once. Comes after the entrance: whoever may not come in takes no room. */
export function admitWebhooks(app: FastifyInstance): void {
  const admission = createAdmission();
  app.addHook('onRequest', (request, reply, done) => {
    const { route } = request.routeOptions.config;
    if (route?.webhook !== true) return done();
    const most = request.routeOptions.bodyLimit;
    const bytes = Math.min(Number(request.headers['content-length'] ?? most), most);
    if (!admission.enter(bytes)) return done(new ApiError('unavailable', 'too many bytes of webhooks are being worked on: try again'));
    // The response closes in every case, also when the client has gone.
    reply.raw.once('close', () => admission.leave(bytes));
    done();
  });
}
