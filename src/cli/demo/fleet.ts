import type { Child } from './child.ts';

/** What may befall a node: it answers 503 until its pod is replaced, or it has so few peers whatever is done to it. */
export type Fault = { readonly kind: 'unhealthy' } | { readonly kind: 'low-peers'; readonly peers: number };

/** A pod as the world sees it; the uid changes with each successor. */
export interface FleetPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** ms since the epoch */
  readonly createdAt: number;
  readonly deletedAt: number | null;
  readonly ready: boolean;
  /** Its metrics would be there: it runs and is well. */
  readonly up: boolean;
  readonly peers: number;
}

/** The nodes of the demo, from the side of the world: it breaks them and counts what is done to them. */
export interface Fleet extends AsyncDisposable {
  /** Its processes, of which none may end before the demo. */
  readonly children: readonly Child[];
  /** What `clusters` of remediad.yaml says of it. */
  readonly cluster: Readonly<Record<string, string>>;
  /** How old a pod must be before remediad acts on it; null = as the rules say. */
  readonly minAge: string | null;
  pods(): Promise<readonly FleetPod[]>;
  breakPod(pod: string, fault: Fault): Promise<void>;
  /** Effects that the world saw so far: pods deleted by somebody and signals taken by their processes. */
  effects(): Promise<number>;
  /** A command line that makes the pod unhealthy. */
  breakCommand(pod: string): string;
}
