import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { startNode, type Process } from '../support/process.ts';

/** Hundreds of processes of the same files: what one compiled, the next one need not. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/remediad', import.meta.url));

/** Starts `worker.ts` or `intake.ts`; `failPoint` as in REMEDIAD_FAIL_POINT. */
export function startTortured(name: 'worker' | 'intake', options: object, failPoint = ''): Promise<Process> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const env = { REMEDIAD_TEST: '1', REMEDIAD_FAIL_POINT: failPoint, NODE_COMPILE_CACHE: compiled };
  return startNode(file, [JSON.stringify(options)], { env });
}

/** Whether SIGSTOP holds the process: state `T`, see proc(5). */
export function isStopped({ pid }: Process): boolean {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] === 'T';
  } catch {
    return false;
  }
}

/** Waits until the process has stopped itself at its fail point. */
export async function untilStopped(process: Process, withinMs = 10_000): Promise<void> {
  await eventually(`process ${process.pid} to stop`, () => isStopped(process), { withinMs, everyMs: 5 }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; it said:\n${process.output}`, { cause: error });
  });
}
