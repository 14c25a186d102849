import { stepAt } from '../../core/ladder.ts';
import { redact } from '../../core/safe-text.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import { paramsOf, readSubject } from '../run-check.ts';
import { toolsOf } from '../subject.ts';
import type { Handler, Work } from '../work.ts';

/** Evidence kept for a human: the whole text under its hash, its last lines in the run. */
const EXCERPT_LINES = 10;

/** Gathers evidence. It never stops a run: what could not be gathered is said in the message. */
export const collect: Handler<'collect'> = async (work, command) => {
  const step = stepAt(work.run, work.edition);
  if (step?.word !== 'collect') throw new Error(`run ${work.run.id}: nothing to collect at ${command.path}`);
  const failed = (message: string): RunEvent => ({ kind: 'collected', path: command.path, ok: false, message, evidence: null });
  const collector = work.deps.registry.collectors.get(step.collect);
  if (collector === undefined) return failed(`there is no collector ${step.collect} in this version`);
  try {
    const tools = toolsOf(work, step.timeoutMs);
    const params = paramsOf(collector, step.with, work, step.scope);
    const { subject } = await readSubject(work, tools);
    const { ok, message, text } = await collector.run(subject, params, tools);
    const evidence = text === '' ? null : await keep(work, command.path, step.collect, text);
    return { kind: 'collected', path: command.path, ok, message, evidence };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
};

async function keep(work: Work, path: string, collector: string, text: string): Promise<Run['evidence'][number]> {
  const { store, digest, timing } = work.deps;
  const sha256 = digest(text);
  await store.putBlob(sha256, text, timing.retainMs);
  const excerpt = text
    .trimEnd()
    .split('\n')
    .slice(-EXCERPT_LINES)
    .map((line) => redact(line.slice(0, 500)));
  return { path, collector, sha256, bytes: Buffer.byteLength(text), excerpt };
}
