import { z } from 'zod';
import { END_STATES, LIVE_STATES } from '../../../core/run.ts';
import type { RunFilter } from '../../../core/store.ts';
import { ApiError } from '../envelope.ts';
import { integer, line, list, read, runId } from '../input.ts';
import type { HttpParts } from '../parts.ts';
import type { Route } from '../route.ts';

const place = /^(\d{1,16})(?::(r-[0-9a-f]{1,16}))?$/;
const filter = z.strictObject({
  state: list([...LIVE_STATES, ...END_STATES]).optional(),
  rule: line(200).optional(),
  observed: z.literal('true', 'must be true, or left out').optional(),
  since: integer(0, Number.MAX_SAFE_INTEGER).optional(),
  /** ms, or the place of a run in the list: `<acceptedAt>:<id>`. */
  before: z.string().regex(place, 'must be a time in ms, or <acceptedAt>:<id> of a run').optional(),
  limit: integer(1, 1000).default(100),
});

const listRuns: Route = {
  method: 'GET',
  url: '/api/v1/runs',
  async handle(request, _reply, { records }) {
    const { state, rule, observed, since, before, limit } = read(filter, request.query);
    return records.runs({
      limit,
      ...(state === undefined ? {} : { states: state }),
      ...(rule === undefined ? {} : { rule }),
      ...(observed === undefined ? {} : { observed: true }),
      ...(since === undefined ? {} : { since }),
      ...(before === undefined ? {} : beforeOf(before)),
    });
  },
};

function beforeOf(text: string): Pick<RunFilter, 'before' | 'behind'> {
  const [, at, run] = place.exec(text) ?? [];
  return run === undefined ? { before: Number(at) } : { behind: { at: Number(at), run } };
}

const pathId = z.strictObject({ id: runId });

async function find(records: HttpParts['records'], id: string) {
  const found = await records.run(id);
  if (found === null) throw new ApiError('not_found', `no run ${id}: it never was, or it ended too long ago`);
  return found;
}

const oneRun: Route = {
  method: 'GET',
  url: '/api/v1/runs/:id',
  async handle(request, _reply, { records }) {
    const { id } = read(pathId, request.params);
    const { run, version, dueAt, locks, audit } = await find(records, id);
    return { v: version, ...run, dueAt, locks, audit };
  },
};

const human = z.strictObject({ by: line(100), why: line(500) });

const cancel: Route = {
  method: 'POST',
  url: '/api/v1/runs/:id/cancel',
  async handle(request, _reply, parts) {
    const { id } = read(pathId, request.params);
    const { by, why } = read(human, request.body);
    const answer = await parts.runs.signal(id, { kind: 'cancel', by, why, at: parts.clock.now() });
    if (answer.kind === 'ok') {
      void parts.hints.wake([answer.hint]);
      return { id, signal: 'cancel', by };
    }
    const { run } = await find(parts.records, id);
    throw new ApiError('conflict', `run ${id} takes no signal any more: it is ${run.state}`);
  },
};

export const runs: readonly Route[] = [listRuns, oneRun, cancel];
