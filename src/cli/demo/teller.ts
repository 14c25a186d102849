import type { AuditEvent } from '../../core/audit.ts';
import { storySentence } from '../../core/words.ts';
import type { FleetPod } from './fleet.ts';
import type { Line, Tone } from './narrator.ts';
import type { PagerMessage } from './pager.ts';
import type { Change } from './prometheus.ts';

/** Turns what happens into lines of the story: the audit in the words of every other place, and what the world does besides. */
export class Teller {
  readonly #tell: (line: Line) => void;
  readonly #clock: (at: number) => string;
  /** Run → name of the pod that it is about. */
  readonly #nodes = new Map<string, string>();
  /** Pod → uid and readiness as last seen. */
  readonly #seen = new Map<string, { readonly uid: string; readonly ready: boolean }>();

  constructor(tell: (line: Line) => void, clock: (at: number) => string) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** The pod that the event's run is about; '' where it is about none. */
  nodeOf({ run, kind, data }: AuditEvent): string {
    if (run === null) return '';
    const { slot } = data;
    if (kind === 'accepted' && typeof slot === 'string') this.#nodes.set(run, slot.split('/').at(-1) ?? run);
    return this.#nodes.get(run) ?? run;
  }

  audit(event: AuditEvent): void {
    const node = this.nodeOf(event);
    const tone = toneOf(event);
    if (tone === null) return;
    const said = shortened(storySentence(event, this.#clock));
    // Holds and commands speak of runs.
    this.#tell({
      at: event.at,
      node,
      text: event.kind === 'accepted' ? said.replace(/^Accepted/, `$& as ${event.run ?? ''}`) : said,
      tone,
    });
  }

  breaks(node: string, text: string): void {
    this.#world(node, `Fleet: ${text}`);
  }

  prometheus({ alertname, pod, change }: Change): void {
    this.#world(pod, `Prometheus: ${alertname} ${change === 'fires' ? 'fires' : 'no longer fires'}.`);
  }

  /** What became of pods that were deleted. */
  pods(pods: readonly FleetPod[]): void {
    for (const { name, uid, ready, deletedAt } of pods) {
      const before = this.#seen.get(name);
      if (deletedAt === null) this.#seen.set(name, { uid, ready });
      if (before === undefined || deletedAt !== null) continue;
      if (before.uid !== uid) this.#world(name, 'Fleet: the old pod is gone, its successor starts.');
      else if (ready && !before.ready) this.#world(name, 'Fleet: the pod is ready.');
    }
  }

  message({ event, incident, report }: PagerMessage): void {
    const node = report.target.split('/').at(-1) ?? '';
    const at = Date.now();
    const say = (text: string) => this.#tell({ at, node, text: shortened(text), tone: 'human' });
    if (event !== 'trigger') return say(`Pager: ${event} of incident ${incident}.`);
    say(`Pager: rings (signature checked): ${report.title}`);
    for (const { what, result } of report.tried) say(`Pager: tried: ${what}: ${result}`);
  }

  #world(node: string, text: string): void {
    this.#tell({ at: Date.now(), node, text, tone: 'world' });
  }
}

/** How an event is told; null = it is left out, because another line says it, or because it is the machinery's own. */
function toneOf({ kind, data }: AuditEvent): Tone | null {
  switch (kind) {
    case 'accepted':
    case 'signal':
    case 'orphan-found':
    case 'incident-changed':
    case 'brake-set':
    case 'brake-lifted':
    case 'late-effect':
      return 'plain';
    case 'step':
      return data['result'] === 'done' || data['result'] === 'skipped' ? null : 'plain';
    case 'state':
      return toneOfState(data);
    case 'intent':
      return 'act';
    case 'result':
      return data['state'] === 'done' ? null : 'plain';
    case 'ended':
      return data['state'] === 'succeeded' ? 'good' : 'human';
    case 'incident':
      return 'human';
    case 'message':
      return data['change'] === 'failed' ? 'human' : null;
    default:
      return null;
  }
}

function toneOfState({ from, to, sleep }: AuditEvent['data']): Tone | null {
  if (to === 'holding') return 'held';
  if (to === 'running') return from === 'pending' || from === 'sleeping' ? null : 'plain';
  return to === 'sleeping' && sleep === 'step-verify' ? null : 'plain';
}

/** An object's uid by its first characters: enough to tell two apart. */
function shortened(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '$1…');
}
