import { z } from 'zod';
import type { ManualStarted } from '../../../core/ports.ts';
import { didYouMean } from '../../../core/suggest.ts';
import { ApiError, type ErrorType } from '../envelope.ts';
import { line, read } from '../input.ts';
import type { Route } from '../route.ts';

const pathName = z.strictObject({ name: line(200) });
const wanted = z.strictObject({
  by: line(100),
  why: line(500).nullable().default(null),
  /** `Kind/namespace/name` */
  target: line(400).nullable().default(null),
  labels: z.record(line(200), z.string().max(4096)).default({}),
  dryRun: z.boolean().default(false),
});

const errorTypes = {
  'no-rule': 'not_found',
  'not-manual': 'conflict',
  'bad-target': 'bad_data',
  full: 'unavailable',
} as const satisfies Record<Exclude<ManualStarted['kind'], 'started' | 'live'>, ErrorType>;

/** The same again while its run lives answers that run, and starts no other. */
const startRun: Route = {
  method: 'POST',
  url: '/api/v1/rules/:name/runs',
  async handle(request, _reply, parts) {
    const { name } = read(pathName, request.params);
    const answer = await parts.start(name, read(wanted, request.body));
    if ('run' in answer) return { id: answer.run, started: answer.kind === 'started' };
    const meant = answer.kind === 'no-rule' ? didYouMean(name, parts.ruleNames()) : '';
    throw new ApiError(errorTypes[answer.kind], `${answer.message}${meant}`);
  },
};

export const rules: readonly Route[] = [startRun];
