import { spawn } from 'node:child_process';
import { findProgram } from '../../adapters/redis/server-binary.ts';
import { CommandError } from '../command.ts';

/** Which cluster, as kubectl's flags of the same names. */
export interface KubectlTarget {
  readonly kubeconfig: string;
  readonly context: string;
}

const TIMEOUT_MS = 60_000;

/** The path of kubectl. Throws one sentence that names the fix. */
export function findKubectl(): string {
  const found = findProgram('kubectl');
  if (found !== undefined) return found;
  throw new CommandError(
    'the demo needs kubectl to set up its nodes on a cluster, and there is none on PATH: install it, or leave out --kubeconfig',
  );
}

/** Runs kubectl on the cluster; answers what it prints. Throws with what it complains about. */
export async function kubectl(
  program: string,
  { kubeconfig, context }: KubectlTarget,
  args: readonly string[],
  { input = '', signal }: { readonly input?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const child = spawn(program, ['--kubeconfig', kubeconfig, '--context', context, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  let out = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
  // Whoever ends before it has read all tells it by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const code = await promise;
  if (code !== 0)
    throw new Error(`kubectl ${args.slice(0, 2).join(' ')}: ${complaint.trim() || `it did not end within ${TIMEOUT_MS / 1000} s`}`);
  return out;
}
