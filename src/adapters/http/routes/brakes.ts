import { z } from 'zod';
import type { Brake } from '../../../core/brake.ts';
import { ApiError } from '../envelope.ts';
import { line, read } from '../input.ts';
import type { Route } from '../route.ts';

const scope = line(512).regex(
  /^(all|rule:.+|namespace:[^/]+\/[^/]+|target:.+)$/,
  'must be all, rule:<name>, namespace:<cluster>/<namespace> or target:<key>',
);
const wanted = z.strictObject({
  scope,
  by: line(100),
  why: line(500),
  until: z.int('must be a time in ms since the epoch, or null for until it is lifted').nonnegative().nullable(),
});
const lifted = z.strictObject({ scope, by: line(100) });

const withVersion = (brake: Brake) => ({ v: brake.at, ...brake });

const listBrakes: Route = {
  method: 'GET',
  url: '/api/v1/brakes',
  async handle(_request, _reply, { brakes }) {
    const found = await brakes.brakes();
    return found.map(withVersion);
  },
};

const setBrake: Route = {
  method: 'POST',
  url: '/api/v1/brakes',
  async handle(request, _reply, { brakes, clock }) {
    const brake = read(wanted, request.body);
    if (brake.until !== null && brake.until <= clock.now()) throw new ApiError('bad_data', 'until: lies in the past');
    return withVersion(await brakes.setBrake(brake));
  },
};

/** By query, because a body of DELETE gets lost on the way in many clients. */
const liftBrake: Route = {
  method: 'DELETE',
  url: '/api/v1/brakes',
  async handle(request, _reply, { brakes }) {
    const { scope, by } = read(lifted, request.query);
    if (!(await brakes.liftBrake(scope, by))) throw new ApiError('not_found', `no brake is set on ${scope}`);
    return { scope, by };
  },
};

export const brakes: readonly Route[] = [listBrakes, setBrake, liftBrake];
