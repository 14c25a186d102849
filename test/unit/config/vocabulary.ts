import { z } from 'zod';
import type { Vocabulary } from '../../../src/config/compile/vocabulary.ts';

const check = (name: string, params: z.ZodType, output: Record<string, 'string' | 'int' | 'bool' | 'list' | 'map' | 'dyn'> = {}) =>
  [
    name,
    { name, params, output: Object.fromEntries(Object.entries(output).map(([field, type]) => [field, { type, describe: '' }])) },
  ] as const;

/** A small world of declarations, so that messages that list what there is do not change with each new capability. */
export const vocabulary: Vocabulary = {
  actions: new Map([
    [
      'kubernetes/delete-pod',
      { name: 'kubernetes/delete-pod', effect: 'idempotent', params: z.strictObject({ grace_seconds: z.int().min(0).optional() }) },
    ],
    [
      'kubernetes/signal-process',
      {
        name: 'kubernetes/signal-process',
        effect: 'once',
        params: z.strictObject({ process: z.string(), signal: z.enum(['SIGHUP', 'SIGUSR1']) }),
      },
    ],
  ]),
  checks: new Map([
    check('kubernetes/pod-status', z.strictObject({}), { phase: 'string', restarts: 'int', waiting_reason: 'string' }),
    check('kubernetes/pod-ready', z.strictObject({}), {}),
    check('http/probe', z.strictObject({ port: z.int().min(1).max(65_535), path: z.string().default('/') }), { status: 'int' }),
    check('kubernetes/exec-json', z.strictObject({ command: z.array(z.string()).min(1) }), { json: 'dyn' }),
  ]),
  collectors: new Map([
    ['kubernetes/logs', { name: 'kubernetes/logs', params: z.strictObject({ tail: z.int().min(1).max(10_000).default(100) }) }],
  ]),
};
