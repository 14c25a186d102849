/** Prometheus' envelope, and the words of its `errorType`. */
export const ERROR_TYPES = {
  bad_data: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  internal: 500,
  unavailable: 503,
} as const;
export type ErrorType = keyof typeof ERROR_TYPES;

/** A refusal with a text for the caller; how it is written down (plain or enveloped) belongs to the route. */
export class ApiError extends Error {
  readonly type: ErrorType;
  constructor(type: ErrorType, message: string) {
    super(message);
    this.name = 'ApiError';
    this.type = type;
  }
}

export const success = (data: unknown) => ({ status: 'success', data }) as const;
export const failure = (errorType: ErrorType, error: string) => ({ status: 'error', errorType, error }) as const;
