import type { Command } from '../../core/run.ts';
import { passGate } from '../effect-gate.ts';
import type { Handler, Told, Work } from '../work.ts';
import { admit } from './admit.ts';
import { check } from './check.ts';
import { collect } from './collect.ts';
import { lookUp } from './look-up.ts';
import { permit } from './permit.ts';
import { probe } from './probe.ts';

type Handled = Exclude<Command['kind'], 'park' | 'end'>;

/** One handler for each command that is not a commit. */
const handlers: { readonly [K in Handled]: Handler<K> } = {
  admit,
  permit,
  begin: passGate,
  check,
  collect,
  'look-up': lookUp,
  probe,
};

export function handle(work: Work, command: Extract<Command, { kind: Handled }>): Promise<Told> {
  return handlers[command.kind](work, command as never);
}
