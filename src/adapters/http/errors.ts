import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { quietLog } from '../../core/quiet.ts';
import { StoreError } from '../../core/store.ts';
import { ApiError, ERROR_TYPES, failure, type ErrorType } from './envelope.ts';
import type { HttpParts } from './parts.ts';

/** Makes every error one of `ERROR_TYPES`, in the form of its route: plain text for machines that log it, else the envelope. */
export function answerErrors(app: FastifyInstance, { log, clock }: HttpParts): void {
  const quiet = quietLog(log, clock);

  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const { type, message } = asApiError(error, request);
    const status = ERROR_TYPES[type];
    const route = request.routeOptions.config.route;
    if (status >= 500 || route?.webhook === true) {
      const kind = `${route?.url} ${type}`;
      const fields = { url: route?.url, status, error: message, from: request.ip };
      if (type !== 'internal' || error instanceof ApiError) quiet.warn(kind, fields, 'request refused');
      else quiet.error(kind, { ...fields, err: error }, 'request failed');
    }
    if (status === 503) void reply.header('retry-after', '1');
    void reply.code(status);
    if (route?.plain === true) return reply.type('text/plain; charset=utf-8').send(`${message}\n`);
    return reply.send(failure(type, message));
  });

  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(failure('not_found', `nothing is served at ${request.method} ${request.url.slice(0, 200)}`)),
  );
}

function asApiError(error: FastifyError | Error, request: FastifyRequest): Pick<ApiError, 'type' | 'message'> {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError && error.kind !== 'protocol') return { type: 'unavailable', message: `the store: ${error.message}` };
  const code = 'code' in error ? error.code : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const fix = request.routeOptions.config.route?.webhook === true ? ': lower max_alerts of the receiver' : '';
    return { type: 'too_large', message: `the body is larger than ${request.routeOptions.bodyLimit} bytes${fix}` };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { type: 'unsupported', message: 'send Content-Type: application/json' };
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) return { type: clientError(status), message: error.message };
  return { type: 'internal', message: 'internal error: see the log' };
}

function clientError(status: number): ErrorType {
  return (Object.keys(ERROR_TYPES) as ErrorType[]).find((type) => ERROR_TYPES[type] === status) ?? 'bad_data';
}
