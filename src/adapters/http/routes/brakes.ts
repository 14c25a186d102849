import { z } from 'zod';
import type { Brake } from '../../../core/brake.ts';
import { didYouMean } from '../../../core/suggest.ts';
import { ApiError } from '../envelope.ts';
import { line, read } from '../input.ts';
import type { HttpParts } from '../parts.ts';
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
  async handle(request, _reply, parts) {
    const brake = read(wanted, request.body);
    if (brake.until !== null && brake.until <= parts.clock.now()) throw new ApiError('bad_data', 'until: lies in the past');
    return { ...withVersion(await parts.brakes.setBrake(brake)), remark: remarkOn(brake.scope, parts) };
  },
};

/** A brake on what is not there is set all the same: it may come, and runs of a rule that was removed still live. null = it is there. */
function remarkOn(scope: string, { ruleNames, status }: Pick<HttpParts, 'ruleNames' | 'status'>): string | null {
  const [, kind, name = ''] = /^(rule|namespace):([^/]+)/.exec(scope) ?? [];
  if (kind === undefined) return null;
  const known = kind === 'rule' ? ruleNames() : status().clusters.map((cluster) => cluster.name);
  if (known.includes(name)) return null;
  return `${kind === 'rule' ? `no rule "${name}" is in force` : `there is no cluster "${name}"`}${didYouMean(name, known)}`;
}

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
