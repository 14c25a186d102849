import { join, relative, resolve } from 'node:path';
import { CommandError, EXIT, helpExamples, type AddCommand, type Io } from './command.ts';
import { startClusterFleet } from './demo/cluster-fleet.ts';
import { Narrator } from './demo/narrator.ts';
import { Plot, type Misfortune } from './demo/plot.ts';
import { playPrometheus } from './demo/prometheus.ts';
import { startSandboxFleet } from './demo/sandbox-fleet.ts';
import { examples, needPrograms, openStage, type Stage, type FleetChoice } from './demo/stage.ts';
import { tailAudit } from './demo/tail.ts';
import { Teller } from './demo/teller.ts';

/** The story must come true within this; it takes about half a minute. */
const DEADLINE_MS = 90_000;
/** As a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const interrupted = new CommandError('interrupted: everything that the demo started is ended', INTERRUPTED);

export const addDemo: AddCommand = (program, io) => {
  program
    .command('demo')
    .description('break a make-believe fleet and watch remediad heal it; needs an Alertmanager on PATH, leaves nothing behind')
    .addHelpText('after', helpExamples('demo', 'demo --kubeconfig ~/.kube/config --context kind-test'))
    .option(
      '--kubeconfig <file>',
      'play on this Kubernetes cluster, in a namespace that is made and taken away again; needs kubectl on PATH',
    )
    .option('--context <name>', 'context of the kubeconfig')
    .action(async (options: { readonly kubeconfig?: string; readonly context?: string }) => {
      const fleet = choiceOf(options);
      const over = new AbortController();
      const release = onEnd(over);
      try {
        await play(io, fleet, over);
        if (io.tty) io.out('Everything that the demo started is ended, and nothing is left behind.');
      } catch (error) {
        throw error instanceof CommandError ? error : new CommandError(`the demo failed: ${(error as Error).message}`);
      } finally {
        release();
      }
    });
};

/** Ctrl-C, a closed terminal or a reader that left ends it in order; who cannot wait presses again. */
function onEnd(over: AbortController): () => void {
  const stop = (): void => {
    if (over.signal.aborted) process.exit(INTERRUPTED);
    over.abort(interrupted);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const left = (): void => over.abort(interrupted);
  process.stdout.on('error', left);
  return () => {
    for (const signal of signals) process.off(signal, stop);
    process.stdout.off('error', left);
  };
}

/** The fleet that needs nothing. */
const makeBelieve: FleetChoice = {
  words: 'a make-believe fleet of 8 nodes',
  start: (folder, keep, signal) => startSandboxFleet(folder, join(examples, 'fleet.yaml'), keep, signal),
};

/** A context is never guessed. */
function choiceOf({ kubeconfig, context }: { readonly kubeconfig?: string; readonly context?: string }): FleetChoice {
  if (kubeconfig === undefined && context === undefined) return makeBelieve;
  if (kubeconfig === undefined || context === undefined) throw new CommandError('--kubeconfig and --context go together', EXIT.usage);
  return {
    words: `8 nodes on the cluster of context ${context}`,
    start: (_folder, _keep, signal) => startClusterFleet(join(examples, 'cluster'), { kubeconfig, context }, signal),
  };
}

async function play(io: Io, fleet: FleetChoice, over: AbortController): Promise<void> {
  const alertmanager = needPrograms();
  await using stack = new AsyncDisposableStack();
  const narrator = stack.use(new Narrator(io));
  const teller = new Teller((line) => narrator.tell(line), narrator.clock);
  const fail = (error: unknown) => over.abort(error);
  narrator.say(`Starting a real Alertmanager, remediad with its own store, and ${fleet.words} …`);
  const plot = new Plot((misfortune) => void strike(stage, misfortune, teller).catch(fail));
  plot.told.catch(fail);
  const stage = await openStage(stack, {
    alertmanager,
    startFleet: fleet.start,
    onMessage: (message) => {
      teller.message(message);
      plot.message(message);
    },
    onLost: (how) => fail(new Error(how)),
    signal: over.signal,
  });
  const watching = watch(stage, teller, plot, over.signal).catch(fail);
  stack.defer(async () => {
    over.abort();
    await watching;
  });
  const began = Date.now();
  narrator.begin(began);
  narrator.say('Three of them break in three ways. The demo plays Prometheus and the pager; all else is real.\n');
  plot.begin();
  await within(plot.told, over.signal, () => plot.missing());
  await tellEnd(stage, plot, narrator, Date.now() - began);
  if (io.tty) await goOn(stage, narrator, over.signal);
}

async function strike({ fleet }: Stage, { pod, fault, text }: Misfortune, teller: Teller): Promise<void> {
  teller.breaks(pod, text);
  await fleet.breakPod(pod, fault);
}

/** Tells what happens until `signal` aborts. */
async function watch({ url, fleet, alertmanager }: Stage, teller: Teller, plot: Plot, signal: AbortSignal): Promise<void> {
  const tail = tailAudit(
    url,
    (event) => {
      teller.audit(event);
      plot.see(teller.nodeOf(event), event);
    },
    signal,
  );
  const alerts = playPrometheus(
    fleet,
    alertmanager,
    { onChange: (change) => teller.prometheus(change), onPods: (pods) => teller.pods(pods) },
    signal,
  );
  await Promise.all([tail, alerts]);
}

async function within(told: Promise<void>, signal: AbortSignal, missing: () => string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = (): void => reject(new CommandError(`the story did not come true within ${DEADLINE_MS / 1000} s: ${missing()}`));
  const timer = setTimeout(late, DEADLINE_MS);
  signal.addEventListener('abort', () => reject(signal.reason as Error));
  told.then(resolve, reject);
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** What the record says must be what the world saw. */
async function tellEnd({ fleet }: Stage, plot: Plot, narrator: Narrator, tookMs: number): Promise<void> {
  const { alerts, healed, handedOver, effects } = plot.summary();
  const seen = await fleet.effects();
  if (seen !== effects) throw new Error(`the record has ${effects} effects and the fleet saw ${seen}`);
  narrator.say('');
  for (const { pod, text, tone } of plot.endings()) narrator.say(`${pod.padEnd(9)}  ${text}`, tone);
  narrator.say(
    `\ndemo: ${alerts} alerts, ${healed} healed and verified, ${handedOver} handed to a human, ${effects} effects in ${Math.round(tookMs / 1000)} s`,
  );
}

/** On a terminal: everything runs on until Ctrl-C, which then is no failure. */
async function goOn({ url, fleet }: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const program = relative(process.cwd(), resolve(import.meta.dirname, '../../bin/remediad'));
  narrator.say('\nAll of it runs on until Ctrl-C. In another terminal:');
  for (const words of ['status', 'runs', 'runs show r-1', "pause --why 'a look around'", 'resume']) {
    narrator.command(`${program} ${words} --url ${url}`);
  }
  narrator.say('Break one more node, and see what a spent budget means:');
  narrator.command(fleet.breakCommand('archive-0'));
  narrator.say('');
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  if (signal.reason !== interrupted) throw signal.reason;
}
