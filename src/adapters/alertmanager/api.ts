import { z } from 'zod';
import { quote } from '../../core/matcher/quote.ts';
import { ClusterError, type Web } from '../../core/ports.ts';

const LIMIT = 16 * 1024 * 1024;

const Alerts = z.array(
  z.looseObject({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    status: z.looseObject({ state: z.string(), silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
  }),
);
export type ListedAlert = z.infer<typeof Alerts>[number];

const Status = z.looseObject({ uptime: z.string(), cluster: z.looseObject({ status: z.string() }) });

/** One Alertmanager's API v2. Throws `ClusterError`. */
export class AlertmanagerApi {
  readonly url: string;
  readonly #web: Web;

  /** `web` must let the URL pass. */
  constructor(url: string, web: Web) {
    this.url = url.replace(/\/+$/, '');
    this.#web = web;
  }

  /** Alerts with exactly these label values, silenced and inhibited ones too; an empty value means absent. Resolved ones are not listed. */
  async alerts(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly ListedAlert[]> {
    const asked = Object.entries(labels);
    const filters = new URLSearchParams(asked.map(([name, value]): [string, string] => ['filter', `${nameOf(name)}=${quote(value)}`]));
    const listed = await this.#get(`alerts?${filters.toString()}`, Alerts, signal);
    return listed.filter((alert) => asked.every(([name, value]) => (alert.labels[name] ?? '') === value));
  }

  /** `startedAt` in ms by its own clock; `cluster`: `ready`, `settling` or `disabled`. */
  async status(signal: AbortSignal): Promise<{ readonly startedAt: number; readonly cluster: string }> {
    const { uptime, cluster } = await this.#get('status', Status, signal);
    return { startedAt: Date.parse(uptime), cluster: cluster.status };
  }

  async #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { status, body } = await this.#web.get(`${this.url}/api/v2/${path}`, LIMIT, signal);
    if (status !== 200) throw new ClusterError(kindOf(status), `${this.url} answered ${status}: ${body.slice(0, 200).trim()}`);
    const parsed = schema.safeParse(json(body));
    if (!parsed.success) throw new ClusterError('invalid', `${this.url} answered in a form that is not known`);
    return parsed.data;
  }
}

/** Names that Alertmanager reads without quotes in every version. */
function nameOf(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** It answers 503 to more requests at once than it allows. */
function kindOf(status: number): ClusterError['kind'] {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 429 || status === 503) return 'overloaded';
  return status >= 500 ? 'unreachable' : 'invalid';
}
