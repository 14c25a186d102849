import type { FastifyInstance } from 'fastify';
import type { Gatekeeper } from './auth.ts';
import { ApiError } from './envelope.ts';
import { hostName, isLoopback } from './listen.ts';

/**
 * Who may come in, before a byte of the body is read. Without credentials only this machine is served, and the Host header must say so:
 * else a page in a browser here could reach us under a name of its own.
 */
export function guardEntrance(app: FastifyInstance, gatekeeper: Gatekeeper | null): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { route, allow } = request.routeOptions.config;
    if (route?.open !== true) {
      const refusal = gatekeeper === null ? strangeHost(request.headers.host) : refusalOf(gatekeeper, request.headers.authorization);
      if (refusal?.type === 'unauthorized') void reply.header('www-authenticate', 'Bearer');
      if (refusal !== null) return done(refusal);
    }
    if (allow !== undefined) {
      void reply.header('allow', allow);
      return done(new ApiError('method_not_allowed', `${request.method} is not served here, only ${allow}`));
    }
    if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
      return done(new ApiError('unsupported', 'send the body without Content-Encoding'));
    }
    done();
  });
}

function strangeHost(host: string | undefined): ApiError | null {
  if (host === undefined || isLoopback(hostName(host))) return null;
  return new ApiError('forbidden', 'without web.bearer_token_file only requests to a loopback address are served');
}

function refusalOf(gatekeeper: Gatekeeper, authorization: string | undefined): ApiError | null {
  switch (gatekeeper.check(authorization)) {
    case 'granted':
      return null;
    case 'refused':
      return new ApiError('unauthorized', 'a valid bearer token is needed: see web.bearer_token_file');
    case 'unreadable':
      return new ApiError('unavailable', 'web.bearer_token_file cannot be read or holds no token');
  }
}
