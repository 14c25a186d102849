import { z } from 'zod';
import { read } from '../input.ts';
import type { Route } from '../route.ts';

const nothing = z.strictObject({});

/** What bounds the effects of the rules in force; `rule` null = the installation's own. */
const listBudgets: Route = {
  method: 'GET',
  url: '/api/v1/budgets',
  handle(request, _reply, parts) {
    read(nothing, request.query);
    return Promise.resolve(parts.budgets());
  },
};

export const budgets: readonly Route[] = [listBudgets];
