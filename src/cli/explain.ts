import { explainRun, type RunExplanation } from '../app/explain.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { AdvanceDeps } from '../app/work.ts';
import type { Config } from '../config/config.ts';
import { rulesInForce, type RulesInForce } from '../config/in-force.ts';
import type { Alert } from '../core/alert.ts';
import type { Giver, Verdict } from '../core/decide.ts';
import { explainMatch } from '../core/explain-match.ts';
import { ClusterError } from '../core/ports.ts';
import { defaultTiming } from '../core/timing.ts';
import { parseWebhook, WebhookError, type Webhook } from '../core/webhook.ts';
import { engineDeps } from '../wiring/engine.ts';
import { linksOf } from '../wiring/in-force.ts';
import { openOutside, type Outside } from '../wiring/outside.ts';
import { helpExamples, CommandError, textOf, type AddCommand } from './command.ts';
import { textOfExplanation, type Explanation } from './explain-text.ts';
import { flagsOf, loadSound, takesConfiguration } from './configuration.ts';
import { outputOption, print, type Output } from './output.ts';
import { silentLog, silentTelemetry } from './silent.ts';
import { harmless } from './table.ts';
import { ownVersion } from './version.ts';

export const addExplain: AddCommand = (program, io) => {
  const explain = program
    .command('explain <payload>')
    .description('say what a webhook would lead to now: matchers, verdicts, plan; changes nothing')
    .addHelpText('after', helpExamples('explain payload.json', 'explain payload.json --config.file=remediad.yaml -o json'));
  takesConfiguration(explain, ['config.file', 'dry-run'])
    .addOption(outputOption('table', 'json'))
    .action(async (file: string, options: { output: Output } & Record<string, unknown>) => {
      const { config } = loadSound(flagsOf(options), io);
      const { alerts, rejected } = readAlerts(file);
      for (const { message } of rejected) io.err(harmless(`left out: ${message}`));
      using outside = await open(config);
      const inForce = rulesInForce(config);
      const deps = engineDeps({
        ...outside,
        ...without,
        inForce,
        limits: () => config.limits,
        links: linksOf(config),
        timing: defaultTiming,
      });
      const told = await Promise.all(alerts.map((alert) => explainAlert(config.rules, inForce, deps, alert)));
      print(io, options.output, told, () => told.map(textOfExplanation).join('\n\n'));
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
const without: Pick<Parameters<typeof engineDeps>[0], 'ownership' | 'store' | 'hints' | 'clock' | 'telemetry' | 'log'> = {
  ownership: null,
  store: {
    now: () => Promise.resolve(Date.now()),
    brakes: () => Promise.resolve([]),
    storms: () => Promise.resolve([]),
    episode: () => Promise.resolve(null),
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

function readAlerts(file: string): Pick<Webhook, 'alerts' | 'rejected'> {
  const { alerts, rejected } = webhookOf(file, textOf(file));
  const [first] = rejected;
  if (alerts.length === 0 && first !== undefined) throw new CommandError(`${file}: ${first.message}`);
  return { alerts, rejected };
}

function webhookOf(file: string, text: string): Webhook {
  try {
    return parseWebhook(JSON.parse(text));
  } catch (error) {
    const fix = error instanceof WebhookError ? '' : ' (fix: give it the JSON that Alertmanager posts)';
    throw new CommandError(`${file}: ${(error as Error).message}${fix}`);
  }
}

/** A resolve starts no run. */
async function explainAlert(rules: Config['rules'], inForce: RulesInForce, deps: AdvanceDeps, alert: Alert): Promise<Explanation> {
  const matched = inForce.match(alert);
  const taken = matched.map(({ rule }) => rule);
  const started = alert.status === 'firing' ? matched : [];
  return {
    fingerprint: alert.fingerprint,
    status: alert.status,
    labels: alert.labels,
    rules: rules.map((rule) => explainMatch(alert.labels, rule, taken.includes(rule.rule))),
    runs: await Promise.all(started.map(async (match) => unasked(await explainRun(deps, match, alert, AbortSignal.timeout(60_000))))),
  };
}

/** Guards that pass by what only the daemon's store knows. */
const DAEMONS: ReadonlySet<Giver> = new Set(['brake', 'expected', 'lock', 'store', 'cooldown', 'budget', 'concurrency', 'storm', 'loop']);

/** That nothing was found where nobody looked is no pass. */
function unasked({ run, ...explained }: RunExplanation): RunExplanation {
  const verdicts = run.verdicts.map((verdict): Verdict => {
    if (verdict.result !== 'pass' || !DAEMONS.has(verdict.guard)) return verdict;
    return { guard: verdict.guard, result: 'n/a', why: 'only the daemon knows, and it was not asked' };
  });
  return { ...explained, run: { ...run, verdicts } };
}
