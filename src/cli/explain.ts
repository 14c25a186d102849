import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { explainRun, type RunExplanation } from '../app/explain.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { AdvanceDeps } from '../app/work.ts';
import type { Config } from '../config/config.ts';
import { rulesInForce } from '../config/in-force.ts';
import type { Alert } from '../core/alert.ts';
import { INSTALLATION_BUDGET } from '../core/charges.ts';
import { explainMatch, nearestOf, type MatchExplanation } from '../core/explain-match.ts';
import { ClusterError } from '../core/ports.ts';
import { defaultTiming } from '../core/timing.ts';
import { parseWebhook, WebhookError } from '../core/webhook.ts';
import { sentenceOfEnding, sentenceOfState, sentenceOfVerdict, linesOfRules } from '../core/words.ts';
import { engineDeps } from '../wiring/engine.ts';
import { linksOf } from '../wiring/in-force.ts';
import { openOutside, type Outside } from '../wiring/outside.ts';
import { CommandError, type AddCommand } from './command.ts';
import { flagsOf, loadSound, takesConfiguration } from './configuration.ts';
import { silentLog, silentTelemetry } from './silent.ts';
import { harmless } from './table.ts';
import { ownVersion } from './version.ts';

interface Explanation {
  readonly fingerprint: string;
  readonly labels: Alert['labels'];
  readonly rules: readonly MatchExplanation[];
  readonly runs: readonly RunExplanation[];
}

export const addExplain: AddCommand = (program, io) => {
  const explain = program
    .command('explain <payload>')
    .description('say what a webhook would lead to now: matchers, verdicts, plan; changes nothing');
  takesConfiguration(explain, ['config.file', 'dry-run'])
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action(async (file: string, options: { output: string } & Record<string, unknown>) => {
      const { config } = loadSound(flagsOf(options), io);
      const alerts = readAlerts(file);
      using outside = await open(config);
      const deps = engineDeps({
        ...outside,
        ...without,
        inForce: rulesInForce(config),
        limits: () => config.limits,
        links: linksOf(config),
        timing: defaultTiming,
      });
      const told = await Promise.all(alerts.map((alert) => explainAlert(config, deps, alert)));
      io.out(harmless(options.output === 'json' ? JSON.stringify(told, null, 2) : told.map(asText).join('\n\n')));
    });
};

async function open(config: Config): Promise<Outside> {
  try {
    return await openOutside(config, { timing: defaultTiming, version: ownVersion(), log: silentLog });
  } catch (error) {
    if (error instanceof ClusterError) throw new CommandError(error.message);
    throw error;
  }
}

const never = () => Promise.reject(new Error('explain writes nothing'));

/** Locks, cooldowns, budgets, memory and brakes are the daemon's: here there are none. */
const without: Pick<
  Parameters<typeof engineDeps>[0],
  'ownership' | 'store' | 'hints' | 'installationBudget' | 'clock' | 'telemetry' | 'log'
> = {
  ownership: null,
  store: {
    now: () => Promise.resolve(Date.now()),
    brakes: () => Promise.resolve([]),
    storms: () => Promise.resolve([]),
    history: ({ budgets, places }) =>
      Promise.resolve({
        locks: {},
        coolingUntil: null,
        targetCoolingUntil: null,
        budgets: budgets.map((budget) => ({ ...budget, used: 0, freesAt: null })),
        memory: null,
        inFlight: { acts: false, places: places.map((place) => ({ ...place, acting: 0, ahead: 0 })) },
        forgetfulUntil: null,
      }),
    putBlob: () => Promise.resolve(),
    getBlob: () => Promise.resolve(null),
    ...writesNothing(),
  },
  hints: { wake: () => Promise.resolve(), later: () => Promise.resolve() },
  installationBudget: INSTALLATION_BUDGET,
  clock: systemClock,
  telemetry: silentTelemetry,
  log: silentLog,
};

function writesNothing() {
  return {
    claim: never,
    keep: never,
    park: never,
    end: never,
    begin: never,
    finish: never,
    signal: never,
    sweep: never,
    setBrake: never,
    liftBrake: never,
    openForCluster: never,
  };
}

function readAlerts(file: string): readonly Alert[] {
  try {
    const { alerts, rejected } = parseWebhook(JSON.parse(readFileSync(file, 'utf8')));
    const [first] = rejected;
    if (alerts.length === 0 && first !== undefined) throw new CommandError(`${file}: ${first.message}`);
    return alerts;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(error instanceof WebhookError ? `${file}: ${error.message}` : `${file}: ${(error as Error).message}`);
  }
}

async function explainAlert(config: Config, deps: AdvanceDeps, alert: Alert): Promise<Explanation> {
  const matched = rulesInForce(config).match(alert);
  const taken = matched.map(({ rule }) => rule);
  const runs = await Promise.all(matched.map((match) => explainRun(deps, match, alert, AbortSignal.timeout(60_000))));
  return {
    fingerprint: alert.fingerprint,
    labels: alert.labels,
    rules: config.rules.map((rule) => explainMatch(alert.labels, rule, taken.includes(rule.rule))),
    runs,
  };
}

function asText({ fingerprint, labels, rules, runs }: Explanation): string {
  const said = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const matching = linesOfRules(nearestOf(rules)).map((line) => `  ${line}`);
  return [`Alert ${fingerprint} {${said.join(', ')}}`, ...matching, ...runs.flatMap(runText)].join('\n');
}

function runText({ rule, run, plan }: RunExplanation): string[] {
  const steps = Object.entries(run.outputs).map(
    ([path, { result, message }]) => `    ${path}: ${result}${message === '' ? '' : ` (${message})`}`,
  );
  const verdicts = run.verdicts.map((verdict) => `    ${sentenceOfVerdict(verdict)}`);
  const end = run.end === null ? sentenceOfState(run) : sentenceOfEnding(run);
  const outcome =
    plan === null ? end : `${run.dry === null ? 'It would now' : 'It only observes, and would otherwise now'} ${plan.describe}`;
  return [
    `Rule ${rule} takes it, on ${run.target.unresolved ?? run.target.key}.`,
    ...(steps.length === 0 ? [] : ['  Steps:', ...steps]),
    ...(verdicts.length === 0 ? [] : ['  Verdicts:', ...verdicts]),
    `  ${outcome}`,
    "  Locks, cooldowns, budgets, memory and brakes are the daemon's and were not asked.",
  ];
}
