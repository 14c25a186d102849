import { StringDecoder } from 'node:string_decoder';
import { ClusterError, type ExecResult } from '../../core/ports.ts';
import type { Reply } from './request.ts';

/** Longer lines than the server writes would mean that somebody else answers. */
const maxLine = 8 * 2 ** 20;

/**
 * Reads output until the exit code comes; what is beyond the limit is read and thrown away, so that the exit code is still learned.
 * An end without an exit code says nothing about how the command ended.
 */
export async function readExec(answer: Reply, limitBytes: number): Promise<ExecResult> {
  const output = { stdout: new Bounded(limitBytes), stderr: new Bounded(limitBytes) };
  for await (const line of linesOf(answer)) {
    const part = JSON.parse(line) as { stdout?: string; stderr?: string; exit?: number };
    output.stdout.add(part.stdout ?? '');
    output.stderr.add(part.stderr ?? '');
    if (part.exit === undefined) continue;
    const { stdout, stderr } = output;
    return { exitCode: part.exit, stdout: stdout.text, stderr: stderr.text, truncated: stdout.cut || stderr.cut };
  }
  throw new ClusterError('unreachable', 'the connection was lost before the command ended');
}

async function* linesOf(answer: Reply): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of answer) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) throw new ClusterError('invalid', 'a line of the answer is too long');
    yield* lines;
  }
}

/** The first bytes of a text, whole characters only. */
class Bounded {
  readonly #limit: number;
  #bytes = Buffer.alloc(0);
  cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    if (text === '' || this.cut) return;
    const all = Buffer.concat([this.#bytes, Buffer.from(text)]);
    this.cut = all.length > this.#limit;
    this.#bytes = all.subarray(0, this.#limit);
  }

  /** A character that the limit cut through is left out. */
  get text(): string {
    return new StringDecoder('utf8').write(this.#bytes);
  }
}
