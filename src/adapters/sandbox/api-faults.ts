import type { ApiFault } from './fleet.ts';
import type { Right } from '../../core/plan.ts';

/** What a call asks for, in the words of a role. */
export interface Call {
  readonly verb: string;
  /** `pods`, `pods/exec`, … */
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string | null;
}

interface Standing {
  readonly fault: ApiFault;
  left: number;
}

/** The faults of the API in force, and how often each kind of call was made. */
export class ApiFaults {
  readonly #standing = new Set<Standing>();
  readonly #calls = new Map<string, number>();

  /** Answers how to lift it. */
  add(fault: ApiFault): () => void {
    const standing = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#standing.add(standing);
    return () => this.#standing.delete(standing);
  }

  /** The faults that strike this call; counts the call. */
  strike(call: Call): ApiFault[] {
    const key = `${call.verb} ${call.resource}`;
    this.#calls.set(key, (this.#calls.get(key) ?? 0) + 1);
    return [...this.#standing]
      .filter(({ fault }) => fits(fault, call))
      .map((standing) => {
        standing.left -= 1;
        if (standing.left <= 0) this.#standing.delete(standing);
        return standing.fault;
      });
  }

  /** `verb resource` → how often it was called. */
  get calls(): Record<string, number> {
    return Object.fromEntries(this.#calls);
  }

  /** Deletions no longer look at the uid: what a server without preconditions would do, so that tests can show what those save. */
  ignoresUids(): boolean {
    return [...this.#standing].some(({ fault }) => fault.kind === 'ignore-uid');
  }

  denies(right: Right): boolean {
    const resource = right.subresource === null ? right.resource : `${right.resource}/${right.subresource}`;
    const call = { verb: right.verb, resource, namespace: right.namespace, name: null };
    return [...this.#standing].some(({ fault }) => fault.kind === 'deny' && fits(fault, call));
  }
}

function fits(fault: ApiFault, call: Call): boolean {
  return (
    (fault.verb === null || fault.verb === call.verb) &&
    (fault.resource === null || fault.resource === call.resource) &&
    (fault.namespace === null || fault.namespace === call.namespace) &&
    (fault.name === null || fault.name === call.name)
  );
}
