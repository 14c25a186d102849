import type { Route } from '../route.ts';
import type { IntakeAnswer } from '../../../core/ports.ts';
import { ApiError, success, type ErrorType } from '../envelope.ts';

/** Groups of 2,000 alerts are 1 MiB; a sender repeats what is too large for ever, so the limit is far away. */
const bodyLimit = 16 * 1024 * 1024;

/**
 * Alertmanager tries again only after 5xx, and logs the body of an error: so whatever may be better the next time is 503, and every text is
 * short and says what to do. 200 means that all of it is durable.
 */
export const webhook: Route = {
  method: 'POST',
  url: '/api/v1/webhooks/alertmanager',
  plain: true,
  webhook: true,
  bodyLimit,
  async handle(request, reply, parts) {
    const answer = await parts.receive(request.body);
    if (answer.kind !== 'accepted') throw new ApiError(errorTypes[answer.kind], answer.message);
    void reply.type('application/json');
    return JSON.stringify(success({ accepted: answer.accepted, rejected: answer.rejected }));
  },
};

const errorTypes = { malformed: 'bad_data', 'too-large': 'too_large', unavailable: 'unavailable' } as const satisfies Record<
  Exclude<IntakeAnswer['kind'], 'accepted'>,
  ErrorType
>;
