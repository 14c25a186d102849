import { z } from 'zod';
import type { Incident } from '../../../core/incident.ts';
import { ApiError } from '../envelope.ts';
import { incidentId, integer, line, read } from '../input.ts';
import type { Route } from '../route.ts';

const filter = z.strictObject({
  state: z.enum(['open', 'acknowledged', 'resolved'], 'must be one of open, acknowledged, resolved').optional(),
  limit: integer(1, 1000).default(100),
});
const pathId = z.strictObject({ id: incidentId });
const human = z.strictObject({ by: line(100) });

const withVersion = (incident: Incident) => ({ v: incident.changedAt, ...incident });
const missing = (id: string) => new ApiError('not_found', `no incident ${id}`);

const listIncidents: Route = {
  method: 'GET',
  url: '/api/v1/incidents',
  async handle(request, _reply, { records }) {
    const { state, limit } = read(filter, request.query);
    const found = await records.incidents({ limit, ...(state === undefined ? {} : { state }) });
    return found.map(withVersion);
  },
};

const oneIncident: Route = {
  method: 'GET',
  url: '/api/v1/incidents/:id',
  async handle(request, _reply, { records }) {
    const { id } = read(pathId, request.params);
    const found = await records.incident(id);
    if (found === null) throw missing(id);
    return { ...withVersion(found.incident), messages: found.messages };
  },
};

const acknowledge: Route = {
  method: 'POST',
  url: '/api/v1/incidents/:id/ack',
  async handle(request, _reply, { incidents }) {
    const { id } = read(pathId, request.params);
    const { by } = read(human, request.body);
    const incident = await incidents.acknowledge(id, by);
    if (incident === null) throw missing(id);
    return withVersion(incident);
  },
};

export const incidents: readonly Route[] = [listIncidents, oneIncident, acknowledge];
