/** A pause with scope, reason, author and expiry. Scope: `all`, `rule:<name>`, `namespace:<cluster>/<ns>`, `target:<target key>`. */
export interface Brake {
  readonly scope: string;
  readonly by: string;
  readonly why: string;
  /** ms; null = until lifted. */
  readonly until: number | null;
  readonly at: number;
}

/** The scopes that stop a run of this rule on this target; the `begin` script looks up exactly these. */
export function brakeScopes(rule: string, cluster: string, namespace: string, targetKey: string): string[] {
  return ['all', `rule:${rule}`, `namespace:${cluster}/${namespace}`, `target:${targetKey}`];
}
