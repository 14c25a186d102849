import type { AddCommand } from './command.ts';

export const addExplain: AddCommand = () => undefined;
