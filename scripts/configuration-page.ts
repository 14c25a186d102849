import { z } from 'zod';
import { inLadder, inPriority, inStep, inTarget } from '../src/config/compile/variables.ts';
import { FLAGS, variableOf, type FlagName } from '../src/config/overrides.ts';
import { remediationSchema, STEP_WORDS, stepSchemas } from '../src/config/schema/remediation.ts';
import { rootSections } from '../src/config/schema/root.ts';
import { ruleSchema } from '../src/config/schema/rule.ts';
import { functions, roots, type Root } from '../src/core/expression/environment.ts';
import { pagerdutyReceiverSchema, webhookReceiverSchema } from '../src/core/receivers.ts';
import { RECEIVERS, REMEDIATION, ROOT, RULE, stepAmendments } from './configuration-words.ts';
import { yamlLimits } from '../src/config/yaml-content.ts';
import { table } from './markdown.ts';
import { rowsOf, type KeyRow } from './schema-rows.ts';

/** The page docs/configuration.md: every key that is accepted, with its default. */
export function configurationPage(): string {
  const sections = [
    HEAD,
    `## Flags and environment\n\n${FLAGS_HEAD}\n\n${flagTable()}`,
    `## remediad.yaml\n\n${ROOT_HEAD}`,
    ...rootTables().map(({ title, rows }) => `### ${title}\n\n${keyTable(rows)}`),
    `## A rule\n\n${RULE_HEAD}\n\n${keyTable(ruleRows())}\n\n${RULE_FOOT}`,
    `## A remediation\n\n${REMEDIATION_HEAD}\n\n${keyTable(remediationRows())}`,
    `### Steps\n\n${STEPS_HEAD}\n\n${stepTable()}`,
    `## Expressions\n\n${EXPRESSIONS_HEAD}\n\n${variableTable()}\n\n${functionList()}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** All rows of the page, for whoever wants to know that each is explained. */
export function allRows(): readonly KeyRow[] {
  return [...rootTables().flatMap(({ rows }) => rows), ...ruleRows(), ...remediationRows(), ...stepRows().map(({ row }) => row)];
}

const HEAD = `# Configuration

<!-- Made from src/config and src/core by \`make docs\`; change it there, or in scripts/configuration-page.ts. -->

Every key that remediad accepts. It is strict: an unknown or duplicate key, a wrong type, a name that does not exist and an expression that
cannot work are all told at once, with file, line, column and the fix; \`remediad check\` tells them beforehand. Durations are written as in
Prometheus (\`30s\`, \`1h30m\`), paths are relative to the file that names them. A file holds at
most ${yamlLimits.bytes / 1024} KiB, ${yamlLimits.depth} levels, and ${yamlLimits.entries} entries in a map. Secrets stand in files of their own.

Editors can check and complete while you write: \`remediad schema config|rules|remediation|tests\` prints a JSON Schema (also under [schema/](schema)). The YAML language
server, which most editors have, takes it from the first line of a file, \`# yaml-language-server: $schema=rules.schema.json\`, or by a pattern of file names from
its setting \`yaml.schemas\`. The schema knows keys, types, names of actions and their parameters; \`remediad check\` knows all the rest.`;

const FLAGS_HEAD = 'A flag wins over its variable, a variable over the file.';

const ROOT_HEAD = `Taken from \`--config.file\`, else from \`remediad.yaml\` in the working directory, else there are only the defaults. Every section may be left
out. A reload (\`SIGHUP\`, \`POST /-/reload\`) puts rules, remediations, receivers and all that rules refer to in force, all of it or nothing;
\`global.external_url\`, \`global.installation\`, \`global.fresh_store_hold\`, \`web\`, \`redis\`, \`storage\`, \`clusters\`, \`default_cluster\`, \`prometheus\`, \`alertmanager\`,
\`endpoints\` and the flags of the log take a restart.`;

const RULE_HEAD = `Files of \`rule_files\` hold \`rules: [ … ]\`. They are asked in the order of their paths' bytes, and within a file from the top: the first rule
that matches an alert takes it, unless it says \`continue: true\`.`;

const RULE_FOOT = `Every effect is charged besides to the one \`budget\` of the installation.
What a rule leaves out comes from \`defaults\`, and then from the column above; \`protected_namespaces\` of a rule are added to those.`;

const REMEDIATION_HEAD = 'Each file of `remediation_files` holds one.';

const STEPS_HEAD = `A step has a name and does one thing: ${STEP_WORDS.map((word) => `\`${word}\``).join(', ')}. What the first three may name, with
parameters and outputs, stands in [capabilities.md](capabilities.md).`;

const EXPRESSIONS_HEAD = `\`if\` and \`expect\` are conditions in CEL. Everywhere else \`\${…}\` in a text is CEL; a text that is one \`\${…}\` keeps the type of its value.
What is not there (a label, a field, a step that was skipped) is an error and never an empty text. A condition that reads a step which was skipped
skips its own.`;

/** In the order of the page; each section of the file stands in one of them. */
const GROUPS: readonly { readonly title: string; readonly sections: readonly (keyof typeof rootSections)[] }[] = [
  { title: 'The daemon', sections: ['global', 'web', 'redis', 'storage'] },
  {
    title: 'What it asks and acts on',
    sections: ['clusters', 'default_cluster', 'prometheus', 'alertmanager', 'workloads', 'endpoints', 'exec_allow'],
  },
  { title: 'Whom it tells', sections: ['receivers', 'escalation_policies', 'teams', 'priorities', 'emergency_receiver'] },
  { title: 'What bounds all rules together', sections: ['budget', 'max_in_flight', 'storm'] },
  { title: 'Rules and remediations', sections: ['rule_files', 'remediation_files', 'defaults', 'time_intervals'] },
];

export function rootTables(): { title: string; rows: readonly KeyRow[] }[] {
  const named = GROUPS.flatMap(({ sections }) => sections);
  const left = Object.keys(rootSections).filter((section) => !named.some((one) => one === section));
  if (left.length > 0) throw new Error(`no group of the page has ${left.join(', ')}`);
  const groups = GROUPS.map(({ title, sections }) => ({
    title,
    rows: rowsOf(z.strictObject(Object.fromEntries(sections.map((section) => [section, rootSections[section]]))), ROOT),
  }));
  return [...groups.slice(0, 3), ...receiverTables(), ...groups.slice(3)];
}

function receiverTables(): { title: string; rows: readonly KeyRow[] }[] {
  return [
    { title: 'A receiver of type webhook', rows: rowsOf(webhookReceiverSchema, RECEIVERS) },
    { title: 'A receiver of type pagerduty', rows: rowsOf(pagerdutyReceiverSchema, RECEIVERS) },
  ];
}

const ruleRows = () => rowsOf(ruleSchema, RULE);
const remediationRows = () => rowsOf(remediationSchema, REMEDIATION);

interface StepRow {
  readonly words: readonly string[];
  readonly row: KeyRow;
}

/** Keys that mean the same in several kinds of step are told once. */
function stepRows(): readonly StepRow[] {
  const merged = new Map<string, { words: string[]; row: KeyRow }>();
  for (const word of STEP_WORDS) {
    for (const row of rowsOf(stepSchemas[word], stepAmendments(word))) {
      const key = JSON.stringify(row);
      const known = merged.get(key) ?? { words: [], row };
      known.words.push(word);
      merged.set(key, known);
    }
  }
  return [...merged.values()];
}

const cells = ({ path, type, fallback, describe }: KeyRow) => [`\`${path}\``, type, fallback, describe];

const keyTable = (rows: readonly KeyRow[]) => table(['key', 'type', 'default', ''], rows.map(cells));

function stepTable(): string {
  const rows = stepRows().map(({ words, row: { path, type, fallback, describe } }) => {
    const of = words.length === STEP_WORDS.length ? 'all' : words.map((word) => `\`${word}\``).join(' ');
    return [`\`${path}\``, of, type, fallback, describe];
  });
  return table(['key', 'of', 'type', 'default', ''], rows);
}

function flagTable(): string {
  const rows = Object.entries(FLAGS).map(([flag, words]) => [
    `\`--${flag}\``,
    `\`${variableOf(flag as FlagName)}\``,
    words,
    FLAG_DEFAULTS[flag] ?? '',
  ]);
  return table(['flag', 'variable', '', 'default'], rows);
}

const FLAG_DEFAULTS: Readonly<Record<string, string>> = {
  'config.file': '`remediad.yaml`',
  'log.level': '`info`',
  'log.format': '`logfmt`',
};

function variableTable(): string {
  const places = {
    target: inTarget,
    priority: inPriority,
    'parameters of a rung, `verify.with`': inLadder,
    'steps of a remediation': inStep('any', {}),
  };
  const rows = roots.flatMap((root) => {
    const readIn = Object.entries(places).filter(([, readable]) => readable[root] !== undefined);
    const shapes = readIn.map(([, readable]) => readable[root]).filter((shape) => typeof shape === 'object');
    if (readIn.length === 0) return [];
    const fields = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
    const where = readIn.length === Object.keys(places).length ? 'everywhere' : readIn.map(([place]) => place).join(' · ');
    return [[`\`${root}\``, fields.length === 0 ? (FIELDS[root] ?? '') : fields.map((field) => `\`${field}\``).join(' '), where]];
  });
  return table(['variable', 'fields', 'read in'], rows);
}

const FIELDS: Partial<Record<Root, string>> = {
  labels: 'of the alert',
  annotations: 'of the alert',
  params: 'of the remediation',
  steps: '`steps.NAME.<field>` of the steps before it, `result` and `message` of all, `ok` of a check',
  priority: 'P0 to P3',
};

/** `host(address): the host …` → code and words. */
function functionList(): string {
  const told = Object.values(functions).map((text) => {
    const [call = '', words] = text.split(': ', 2);
    return words === undefined ? `\`${call}\`` : `\`${call}\` ${words}`;
  });
  return `Functions: ${told.join(' · ')}.`;
}
