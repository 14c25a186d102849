import { z } from 'zod';
import { ClusterError } from '../../core/ports.ts';

/**
 * The protocol in which a command's output comes: binary WebSocket messages, the first byte of each names its channel. v4 ends a command with a
 * Status on channel 3; v5 only adds an end of the standard input, which we never send.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/util/remotecommand
 */
export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export type Frame =
  | { readonly kind: 'stdout' | 'stderr'; readonly chunk: Buffer }
  /** The command ended with this code. */
  | { readonly kind: 'exit'; readonly code: number };

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** Throws `ClusterError` for what nobody can tell the end of the command from: it may have run. */
export function readFrame(message: Buffer): Frame | null {
  const [channel] = message;
  const chunk = message.subarray(1);
  switch (channel) {
    case STDOUT:
      return { kind: 'stdout', chunk };
    case STDERR:
      return { kind: 'stderr', chunk };
    case STATUS:
      // An API server opens each channel with an empty message.
      return chunk.length === 0 ? null : { kind: 'exit', code: exitCodeIn(chunk.toString()) };
    case 0:
      return null;
    default:
      throw new ClusterError(
        'unreachable',
        `the command's output came on channel ${channel ?? '(none)'}, which the protocol does not know`,
      );
  }
}

const ExecStatus = z.object({
  status: z.enum(['Success', 'Failure']),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z.object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).nullish() }).nullish(),
});

function exitCodeIn(text: string): number {
  const status = parseStatus(text);
  if (status.status === 'Success') return 0;
  const code = (status.details?.causes ?? []).find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined && /^\d{1,10}$/.test(code)) return Number(code);
  throw new ClusterError('unreachable', `the command is not known to have run: ${status.message ?? status.reason ?? 'no reason given'}`);
}

function parseStatus(text: string): z.infer<typeof ExecStatus> {
  try {
    return ExecStatus.parse(JSON.parse(text));
  } catch {
    throw new ClusterError('unreachable', `how the command ended cannot be read: ${JSON.stringify(text.slice(0, 100))}`);
  }
}
