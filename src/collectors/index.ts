import type { Collector } from '../core/capability.ts';
import { events } from './kubernetes/events.ts';
import { logs } from './kubernetes/logs.ts';

const all: readonly Collector[] = [logs, events];

/** Every collector by its name. To add one: its file, its line above, its test. */
export const collectors: ReadonlyMap<string, Collector> = new Map(all.map((collector) => [collector.name, collector]));
