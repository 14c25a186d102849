import { z } from 'zod';
import { line, read } from '../input.ts';
import type { Route } from '../route.ts';

const query = z.strictObject({ of: line(512) });

/** Why it acted or not, about a run, a fingerprint, a target, an alert or any value of its labels. */
const oneWhy: Route = {
  method: 'GET',
  url: '/api/v1/why',
  handle(request, _reply, parts) {
    return parts.why(read(query, request.query).of);
  },
};

export const why: readonly Route[] = [oneWhy];
