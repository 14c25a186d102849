import type { Route } from '../route.ts';
import { audit } from './audit.ts';
import { brakes } from './brakes.ts';
import { budgets } from './budgets.ts';
import { incidents } from './incidents.ts';
import { lifecycle } from './lifecycle.ts';
import { rules } from './rules.ts';
import { runs } from './runs.ts';
import { status } from './status.ts';
import { webhook } from './webhook.ts';
import { why } from './why.ts';

/** All that is served. One file is one group of routes; a new one is a line here. */
export const routes: readonly Route[] = [
  webhook,
  ...lifecycle,
  ...runs,
  ...rules,
  ...incidents,
  ...audit,
  ...brakes,
  ...budgets,
  ...status,
  ...why,
];
