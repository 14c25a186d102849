import type { Route } from '../route.ts';
import { ApiError } from '../envelope.ts';

const healthy: Route = {
  method: 'GET',
  url: '/-/healthy',
  open: true,
  plain: true,
  async handle(_request, _reply, parts) {
    const why = parts.unhealthy();
    if (why !== null) throw new ApiError('unavailable', `not healthy: ${why}`);
    return 'remediad is healthy.\n';
  },
};

const ready: Route = {
  method: 'GET',
  url: '/-/ready',
  open: true,
  plain: true,
  async handle(_request, _reply, parts) {
    const why = await parts.unready();
    if (why !== null) throw new ApiError('unavailable', `not ready: ${why}`);
    return ['remediad is ready.', ...(await parts.remarks())].map((line) => `${line}\n`).join('');
  },
};

const reload: Route = {
  method: 'POST',
  url: '/-/reload',
  plain: true,
  async handle(_request, _reply, parts) {
    await parts.reload().catch((error: unknown) => {
      throw new ApiError('internal', `failed to reload config: ${(error as Error).message}`);
    });
    return '';
  },
};

const metrics: Route = {
  method: 'GET',
  url: '/metrics',
  plain: true,
  async handle(_request, reply, parts) {
    const { contentType, text } = await parts.metrics();
    void reply.type(contentType);
    return text;
  },
};

export const lifecycle: readonly Route[] = [healthy, ready, reload, metrics];
