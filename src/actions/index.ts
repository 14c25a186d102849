import type { Action } from '../core/capability.ts';
import { deletePod } from './kubernetes/delete-pod.ts';
import { signalProcess } from './kubernetes/signal-process.ts';

const all: readonly Action[] = [deletePod, signalProcess];

/** Every action by its name. To add one: its file, its line above, its test. */
export const actions: ReadonlyMap<string, Action> = new Map(all.map((action) => [action.name, action]));
