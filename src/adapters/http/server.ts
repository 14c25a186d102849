import { type AddressInfo, isIPv6 } from 'node:net';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { tokenFile } from './auth.ts';
import { parseBody } from './body.ts';
import { waitForThoseAtWork } from './closing.ts';
import { guardEntrance } from './entrance.ts';
import { answerErrors } from './errors.ts';
import { success } from './envelope.ts';
import { assertMayListen } from './listen.ts';
import type { HttpParts } from './parts.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';
import { admitWebhooks, measureWebhooks } from './webhooks.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** null = no credentials, which only a loopback address may do without. */
  readonly bearerTokenFile: string | null;
  readonly logger: FastifyBaseLogger;
}

export interface HttpServer extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:8484`. */
  readonly url: string;
  /** Takes no new request, lets those at work end. */
  close(): Promise<void>;
}

/** Alertmanager keeps idle connections for 5 minutes; whoever closes first resets a webhook that is just being sent. */
const keepAliveTimeout = 330_000;
/** Alertmanager opens thousands of connections in one burst. */
const backlog = 4_096;
const requestTimeout = 60_000;
const bodyLimit = 64 * 1024;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Throws before anything listens when the address would need credentials that are not configured. */
export async function startHttp(options: HttpOptions, parts: HttpParts): Promise<HttpServer> {
  assertMayListen(options.host, options.bearerTokenFile !== null);
  const app = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout,
    keepAliveTimeout,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  // JSON alone, and parsed by our own rules: a simple form posted by a browser is no request of ours.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, parseBody(bytes as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  measureWebhooks(app, parts);
  guardEntrance(app, options.bearerTokenFile === null ? null : tokenFile(options.bearerTokenFile, () => parts.clock.monotonic()));
  admitWebhooks(app);
  answerErrors(app, parts);
  for (const route of routes) addRoute(app, route, parts);
  for (const url of new Set(routes.map((route) => route.url))) refuseOtherMethods(app, url);
  const beginClosing = waitForThoseAtWork(app.server);
  await app.listen({ host: options.host, port: options.port, backlog }).catch(notListening(options));
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    if (closed !== null) return closed;
    beginClosing();
    closed = app.close();
    return closed;
  };
  return { url: urlOf(app.server.address() as AddressInfo), close, [Symbol.asyncDispose]: close };
}

function notListening({ host, port }: HttpOptions): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw new Error(`cannot listen on ${host}:${port}: ${message}`, { cause: error });
    throw new Error(`${host}:${port} is taken (EADDRINUSE): stop what listens there, or set web.listen_address`, { cause: error });
  };
}

function addRoute(app: FastifyInstance, route: Route, parts: HttpParts): void {
  app.route({
    method: route.method,
    url: route.url,
    config: { route },
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    handler: async (request, reply) => {
      const data = await route.handle(request, reply, parts);
      return route.plain === true ? data : success(data);
    },
  });
}

function refuseOtherMethods(app: FastifyInstance, url: string): void {
  const known = routes.filter((route) => route.url === url);
  const allow = known.map(({ method }) => method).join(', ');
  app.route({
    method: methods.filter((method) => known.every((route) => route.method !== method)),
    url,
    exposeHeadRoute: false,
    config: { allow, ...(known[0] === undefined ? {} : { route: known[0] }) },
    handler: () => undefined,
  });
}

const urlOf = ({ address, port }: AddressInfo): string => `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The entry that serves this URL; none where nothing does. */
    route?: Route;
    /** Set where this method is not served: the methods that are. */
    allow?: string;
  }
}
