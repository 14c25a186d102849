import type { Hint } from '../../core/store.ts';

/** What a job id says. A job has no data: all else stands in the store. */
export interface Wake {
  readonly run: string;
  readonly version: number;
}

const RUN = /^r-[0-9a-f]+$/;
const ID = /^(r-[0-9a-f]+)\.(\d+)\./;

/** Two adds of the same (run, version, events) are one job; a new event makes a new one, which no older job can swallow. */
export function wakeId(hint: Hint): string {
  return `${checked(hint.run)}.${hint.version}.${hint.events}`;
}

/** A run is parked once a version, so its timer needs no events: any wake-up of the version can name it, and drop it. */
export function timerId({ run, version }: Wake): string {
  return `${checked(run)}.${version}.timer`;
}

export function sweepId(hint: Hint, bucket: string): string {
  return `${wakeId(hint)}.${bucket}`;
}

/** null = not one of ours. */
export function parseId(id: string): Wake | null {
  const match = ID.exec(id);
  return match === null ? null : { run: match[1] ?? '', version: Number(match[2]) };
}

function checked(run: string): string {
  if (!RUN.test(run)) throw new Error(`not a run id: ${run}`);
  return run;
}
