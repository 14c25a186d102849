import { indexRules } from '../config/rule-index.ts';
import { effectiveRules, matchersText, type EffectiveRule } from '../config/show/rules.ts';
import { valueText, type EffectiveSetting } from '../config/show/setting.ts';
import { explainMatch } from '../core/explain-match.ts';
import { didYouMean } from '../core/suggest.ts';
import { CommandError, EXIT, type AddCommand, type Io } from './command.ts';
import { flagsOf, loadSound, takesConfiguration } from './configuration.ts';
import { outputOption } from './output.ts';
import { harmless, table } from './table.ts';

export const addRules: AddCommand = (program, io, exit) => {
  const rules = program.command('rules').description('the rules as they are in force, and which of them take an alert');
  const show = rules.command('show [rule...]').description('the effective rules: every default resolved, with where each value came from');
  takesConfiguration(show, ['config.file', 'dry-run'])
    .addOption(outputOption('table', 'json', 'name'))
    .addHelpText('after', SHOW_HELP)
    .action((names: string[], options: { output: 'table' | 'json' | 'name' } & Record<string, unknown>) => {
      const { written, config } = loadSound(flagsOf(options), io);
      io.out(harmless(printed(chosen(effectiveRules(written, config.dryRun), names), options.output)));
    });
  const test = rules.command('test <label=value...>').description('which rules take an alert with these labels, in their order');
  takesConfiguration(test, ['config.file'])
    .option('--verify.rules <names>', 'exit with 1 if it is not exactly these rules, with commas between them')
    .option('--tree', 'show every rule that is asked, and each of its matchers')
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', TEST_HELP)
    .action((pairs: string[], options: TestOptions & Record<string, unknown>) => {
      const { rules } = loadSound(flagsOf(options), io).written;
      if (!tested(rules, labelsOf(pairs), options, io)) exit(EXIT.failed);
    });
};

function chosen(rules: readonly EffectiveRule[], names: readonly string[]): readonly EffectiveRule[] {
  const known = rules.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new CommandError(`there is no rule "${name}"${didYouMean(name, known)}`);
  }
  return names.length === 0 ? rules : rules.filter(({ name }) => names.includes(name));
}

function printed(rules: readonly EffectiveRule[], output: 'table' | 'json' | 'name'): string {
  if (output === 'json') return JSON.stringify(rules, null, 2);
  if (output === 'name') return rules.map(({ name }) => name).join('\n');
  return rules.length === 0 ? 'No rules.' : rules.map(told).join('\n\n');
}

function told(rule: EffectiveRule): string {
  const { target, windows } = rule;
  const about: [string, string][] = [
    ['started by', startsText(rule)],
    ['mode', rule.dryRun ? `${rule.mode}, and nothing is done: dry run` : rule.mode],
    [
      'target',
      `${target.kind} by ${target.find.by} ${target.find.value} in ${target.namespace} of ${target.cluster ?? 'the default cluster'}`,
    ],
    ...rule.ladder.map(({ remediation, mode, with: given, when }, index): [string, string] => [
      `rung ${index + 1}`,
      [
        `${remediation} (${mode})`,
        ...Object.entries(given).map(([key, value]) => `${key}=${valueText(value)}`),
        ...when.map((one) => `also when ${one}`),
      ].join(' '),
    ]),
    ...(windows.active.length === 0 ? [] : [['active in', windows.active.join(', ')] as [string, string]]),
    ...(windows.mute.length === 0 ? [] : [['muted in', windows.mute.join(', ')] as [string, string]]),
    ...(rule.namespaces === null ? [] : [['only in', rule.namespaces.join(', ')] as [string, string]]),
    ['workloads', rule.workloads.join(', ') || 'none known'],
  ];
  const settings = [...rule.settings, ...rule.guards].map((setting) => [setting.name, valueText(setting.value), originText(setting)]);
  const head = `${rule.name}  ${rule.file}:${rule.line}${rule.team === null ? '' : `  team ${rule.team}`}`;
  return [
    head,
    ...(rule.description === '' ? [] : [rule.description]),
    '',
    table(['what', 'is'], about),
    '',
    table(['setting', 'value', 'from'], settings),
  ].join('\n');
}

function startsText(rule: EffectiveRule): string {
  const alerts = `alerts with ${matchersText(rule)}${rule.continue ? ', and later rules are asked too' : ''}`;
  return [
    ...(rule.matchers.length === 0 ? [] : [alerts]),
    ...(rule.schedule === null ? [] : [`the schedule ${rule.schedule.text} of ${rule.schedule.timezone}`]),
    ...(rule.manual ? ['hand'] : []),
  ].join('; ');
}

const originText = ({ from, file, line }: EffectiveSetting): string => (file === null ? from : `${from} (${file}:${line ?? 0})`);

interface TestOptions {
  readonly output: 'text' | 'json';
  readonly tree?: boolean;
  readonly 'verify.rules'?: string;
}

/** `a=b`, as amtool takes it; a value may hold anything, quotes around it are left out. */
function labelsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value = ''] = /^([^=!~]+)=(?!~)(.*)$/s.exec(pair) ?? [];
      if (name === undefined) throw new CommandError(`${JSON.stringify(pair)} is no label (fix: write label=value)`, EXIT.usage);
      return [name, /^".*"$/s.test(value) ? value.slice(1, -1) : value];
    }),
  );
}

type Written = ReturnType<typeof loadSound>['written']['rules'];

/** Prints who takes the alert; false = not those that were expected. */
function tested(rules: Written, labels: Readonly<Record<string, string>>, options: TestOptions, io: Io): boolean {
  const taken = indexRules(rules)({ labels });
  const names = taken.map(({ edition }) => edition.rule.name);
  if (options.output === 'json') {
    const asked = rules.map((rule) => ({
      ...explainMatch(labels, rule, taken.includes(rule)),
      continue: rule.continue,
    }));
    io.out(JSON.stringify({ labels, rules: names, asked }, null, 2));
  } else {
    if (options.tree === true) io.out(`${harmless(treeOf(rules, taken, labels))}\n`);
    if (names.length === 0) io.err('No rule takes it.');
    else io.out(names.join(','));
  }
  const expected = options['verify.rules'];
  if (expected === undefined || expected === names.join(',')) return true;
  io.err(`WARNING: Expected rules did not match resolved rules: expected ${expected || 'none'}, found ${names.join(',') || 'none'}.`);
  return false;
}

function treeOf(rules: Written, taken: Written, labels: Readonly<Record<string, string>>): string {
  const last = taken.at(-1);
  const isLast = last !== undefined && !last.continue;
  const asked = isLast ? rules.slice(0, rules.indexOf(last) + 1) : rules;
  const lines = asked.map((rule) => {
    const { matchers } = explainMatch(labels, rule, taken.includes(rule));
    const said = matchers.map(({ matcher, have, matches }) => `${matcher} ${matches ? '✓' : `✗ (${JSON.stringify(have)})`}`);
    return `├── ${rule.edition.rule.name}${rule.continue ? '  continue: true' : ''}  ${said.join(', ')}`;
  });
  return ['Rules that are asked:', '.', ...lines.slice(0, -1), ...lines.slice(-1).map((line) => line.replace('├', '└'))].join('\n');
}

const SHOW_HELP = `
Examples:
  remediad rules show
  remediad rules show archivechain-node-down -o json
  remediad rules show -o json | jq '.[] | {name, guards: [.guards[] | select(.from == "rule")]}'`;

const TEST_HELP = `
Prints the names of the rules with commas between them. Exit code 1 if --verify.rules names others.

Examples:
  remediad rules test alertname=ArchiveChainNodeDown severity=critical
  remediad rules test --tree alertname=LowPeerCount namespace=chain
  remediad rules test --verify.rules=archivechain-low-peers alertname=LowPeerCount`;
