import { actions } from '../src/actions/index.ts';
import { checks } from '../src/checks/index.ts';
import { collectors } from '../src/collectors/index.ts';
import { reasons, type ReasonRow } from '../src/core/reasons.ts';
import { SCHEMA_NAMES, schemaNamed, type SchemaName } from '../src/wiring/schemas.ts';
import { capabilitiesPage } from './capabilities-page.ts';
import { configurationPage } from './configuration-page.ts';
import { table } from './markdown.ts';

/** The generated pages of docs/, by file name. */
export function pages(): Record<string, string> {
  const kinds = { actions: [...actions.values()], checks: [...checks.values()], collectors: [...collectors.values()] };
  return {
    'reasons.md': reasonsPage(Object.entries(reasons)),
    'capabilities.md': capabilitiesPage(kinds),
    'configuration.md': configurationPage(),
    ...Object.fromEntries(SCHEMA_NAMES.map((name) => [`schema/${name}.schema.json`, schemaPage(name)])),
  };
}

const schemaPage = (name: SchemaName): string => `${JSON.stringify(schemaNamed(name), null, 2)}\n`;

const GIVEN_BY: Record<ReasonRow['where'], string> = {
  guard: 'a guard, when a run wants to start or to act',
  gate: 'the gate, right before an effect',
  effect: 'the world, in answer to an effect',
  run: 'the run',
  schedule: 'a schedule, about one tick',
  intake: 'the webhook, about one alert',
};

const THEN: Record<ReasonRow['then'], string> = {
  hold: 'waits, for a bounded time, and then wakes a human',
  skip: 'ends: nothing is left to do',
  escalate: 'wakes a human',
  dry: 'goes on without effects',
  ask: 'asks a human',
  end: 'says why a run or a rung ended',
  reject: 'leaves this alert out, and says so in the audit',
};

function reasonsPage(rows: readonly (readonly [string, ReasonRow])[]): string {
  const sections = Object.entries(GIVEN_BY).map(([where, heading]) => {
    const own = rows.filter(([, row]) => row.where === where);
    const cells = own.map(([name, { then, frozen, text }]) => [`\`${name}\``, text, `${THEN[then]}${frozen ? ' (frozen)' : ''}`]);
    return `## Given by ${heading}\n\n${table(['reason', 'means', 'remediad then'], cells)}`;
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Reasons

<!-- Made from src/core/reasons.ts by \`make docs\`; change it there. -->

Whatever remediad does, does not do, or stops doing has one of these words as its reason. The list is closed, and the same word stands in
log lines, metric labels, audit events, the API and \`explain\`. Where the third column says *frozen*, the time spent waiting counts neither
towards \`max_hold\` nor towards the run's deadline.`;
