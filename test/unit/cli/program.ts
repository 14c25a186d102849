import { resolve } from 'node:path';
import { runProgram } from '../../../src/cli/program.ts';

export const repository = resolve(import.meta.dirname, '../../..');

/** What a command line prints, and its exit code. */
export async function said(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), tty: false, env: {} };
  return { code: await runProgram(args, io), out: out.join('\n'), err: err.join('\n') };
}

/** The same with the shipped example. */
export const saidOfExample = (...args: string[]) => said(...args, '--config.file', `${repository}/examples/remediad.yaml`);
