import type { AuditEvent } from '../../core/audit.ts';
import type { Json } from '../../core/json.ts';
import type { Fault } from './fleet.ts';
import type { PagerMessage } from './pager.ts';

/** What is to happen: who breaks when and how, and how it must end. */

export interface Misfortune {
  readonly pod: string;
  readonly fault: Fault;
  readonly text: string;
}

const restarted: Misfortune = {
  pod: 'archive-1',
  fault: { kind: 'unhealthy' },
  text: 'something in its memory breaks; /health answers 503 from now on.',
};
const held: Misfortune = { ...restarted, pod: 'archive-2', text: 'the same happens here, while its neighbour restarts.' };
const handedOver: Misfortune = {
  pod: 'relay-3',
  fault: { kind: 'low-peers', peers: 2 },
  text: 'it loses all peers but two, and nothing that remediad may do will bring them back.',
};

/** What became of one node. */
interface Fate {
  runs: number;
  /** Reason of the first hold. */
  heldFor: string | null;
  effects: number;
  end: { readonly state: string; readonly reason: string } | null;
  /** The human's pager rang. */
  rang: boolean;
}

/** Follows the audit, lets the next misfortune happen when it is due, and knows when the story is told. */
export class Plot {
  readonly #strike: (misfortune: Misfortune) => void;
  readonly #fates = new Map<string, Fate>([restarted, held, handedOver].map(({ pod }) => [pod, newFate()]));
  readonly #told = Promise.withResolvers<void>();
  readonly #struck = new Set<Misfortune>();

  constructor(strike: (misfortune: Misfortune) => void) {
    this.#strike = strike;
  }

  /** Resolves when all three endings are reached; rejects with a sentence when one turns out otherwise. */
  get told(): Promise<void> {
    return this.#told.promise;
  }

  begin(): void {
    this.#once(restarted);
  }

  see(node: string, { kind, data }: AuditEvent): void {
    const fate = this.#fates.get(node);
    if (fate === undefined) return;
    if (kind === 'accepted') fate.runs += 1;
    if (kind === 'intent' && node === restarted.pod) this.#once(held);
    if (kind === 'result' && data['state'] === 'done') fate.effects += 1;
    if (kind === 'state' && data['to'] === 'holding') {
      fate.heldFor ??= textOf(data['reason']);
      this.#once(handedOver);
    }
    if (kind === 'ended') fate.end = { state: textOf(data['state']), reason: textOf(data['reason']) };
    this.#judge();
  }

  message({ event, report }: PagerMessage): void {
    const fate = this.#fates.get(report.target.split('/').at(-1) ?? '');
    if (fate !== undefined && event === 'trigger') fate.rang = true;
    this.#judge();
  }

  /** What is still missing, for whom the story takes too long. */
  missing(): string {
    return [...this.#fates].flatMap(([pod, fate]) => (isOver(pod, fate) ? [] : [`${pod} ${sofar(fate)}`])).join('; ');
  }

  /** How it ended. `effects`: as the record has them. */
  summary(): { readonly alerts: number; readonly healed: number; readonly handedOver: number; readonly effects: number } {
    const fates = [...this.#fates.values()];
    const sum = (of: (fate: Fate) => number) => fates.reduce((total, fate) => total + of(fate), 0);
    return {
      alerts: sum(({ runs }) => runs),
      healed: sum(({ end }) => Number(end?.state === 'succeeded')),
      handedOver: sum(({ end }) => Number(end?.state === 'escalated')),
      effects: sum(({ effects }) => effects),
    };
  }

  /** One line for each node. */
  endings(): { readonly pod: string; readonly text: string; readonly tone: 'good' | 'human' }[] {
    const heldFor = this.#fates.get(held.pod)?.heldFor ?? '';
    return [
      { pod: restarted.pod, text: 'restarted, healthy again, and verified.', tone: 'good' },
      { pod: held.pod, text: `held (${heldFor}) until its neighbour was well, then restarted and verified.`, tone: 'good' },
      { pod: handedOver.pod, text: 'two rungs of the ladder did not help: a human was woken, with all that was tried.', tone: 'human' },
    ];
  }

  #once(misfortune: Misfortune): void {
    if (this.#struck.has(misfortune)) return;
    this.#struck.add(misfortune);
    this.#strike(misfortune);
  }

  #judge(): void {
    for (const [pod, fate] of this.#fates) {
      const wrong = otherwise(pod, fate);
      if (wrong !== null) this.#told.reject(new Error(wrong));
    }
    if ([...this.#fates].every(([pod, fate]) => isOver(pod, fate))) this.#told.resolve();
  }
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const newFate = (): Fate => ({ runs: 0, heldFor: null, effects: 0, end: null, rang: false });

const dueEnd = (pod: string): string => (pod === handedOver.pod ? 'escalated' : 'succeeded');

function isOver(pod: string, { end, rang }: Fate): boolean {
  return end !== null && (pod !== handedOver.pod || rang);
}

/** How the node's story departs from the plot; null = it does not. */
function otherwise(pod: string, { end, heldFor }: Fate): string | null {
  if (end === null) return null;
  if (end.state !== dueEnd(pod)) return `${pod} was to end ${dueEnd(pod)} and ended ${end.state} (${end.reason})`;
  return pod === held.pod && heldFor === null ? `${pod} was to be held by a guard and was not` : null;
}

function sofar({ runs, heldFor, effects, end, rang }: Fate): string {
  if (end !== null) return rang ? 'is over' : 'was handed over, and the pager has not rung';
  if (runs === 0) return 'was not reported yet';
  return effects === 0 ? `is still ${heldFor === null ? 'looked at' : `held (${heldFor})`}` : 'was acted on, and is not verified yet';
}
