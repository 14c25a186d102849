import type { Action } from '../core/capability.ts';
import { deletePod } from './kubernetes/delete-pod.ts';

/** Every action by its name. To add one: its file, its line here, its test. */
export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([deletePod].map((action) => [action.name, action]));
