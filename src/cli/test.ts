import { globSync, writeFileSync } from 'node:fs';
import { formatDuration } from '../core/duration.ts';
import { readTests, type ReadTests, type RuleTest } from '../wiring/rehearsal/read.ts';
import { openStage, type Stage } from '../wiring/rehearsal/rehearse.ts';
import { CommandError, EXIT, type AddCommand } from './command.ts';
import { outputOption } from './output.ts';
import { silentLog, silentTelemetry } from './silent.ts';
import { harmless } from './table.ts';
import { asJunit } from './test/junit.ts';
import { asText, type Tested } from './test/text.ts';

const FORMATS = ['text', 'json', 'junit'] as const;

interface Options {
  readonly output: (typeof FORMATS)[number];
  readonly run?: string;
  readonly junit?: string;
  readonly diff?: boolean;
  readonly debug?: boolean;
}

export const addTest: AddCommand = (program, io, exit) => {
  program
    .command('test <files...>')
    .description("try rules on played alerts and a played cluster, by the daemon's own code on a virtual clock")
    .addOption(outputOption(...FORMATS))
    .option('--run <pattern>', 'only tests whose name matches this regular expression')
    .option('--junit <file>', 'write JUnit XML there too')
    .option('--diff', 'mark what differs instead of showing both')
    .option('--debug', 'tell what happened in every test')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: Options) => {
      const wanted = filterOf(options.run);
      const read = files.flatMap(expand).map((file) => readTests(file, process.cwd()));
      refuseNone(read, wanted, options.run);
      const tested = await runAll(read, wanted);
      if (options.junit !== undefined) write(options.junit, `${asJunit(tested)}\n`);
      io.out(harmless(told(tested, options).trimEnd()));
      if (tested.some(isFailed)) exit(EXIT.failed);
    });
};

const HELP = `
Exit code 0: all is as expected; 1: something is not, or a file cannot be read.

Examples:
  remediad test rules/tests/*.yaml
  remediad test rules/tests/archivechain.yaml --run 'peers' --diff
  remediad test rules/tests/*.yaml --junit report.xml`;

/** A shell that knows no patterns, or is told to keep quiet, leaves them to us. */
function expand(file: string): string[] {
  const found = /[*?[\]{}]/.test(file) ? globSync(file).toSorted() : [];
  return found.length === 0 ? [file] : found;
}

function filterOf(pattern: string | undefined): (test: RuleTest) => boolean {
  try {
    const wanted = new RegExp(pattern ?? '', 'u');
    return ({ document }) => wanted.test(document.name);
  } catch (error) {
    throw new CommandError(`--run: ${(error as Error).message} (fix: write a "\\" before what is meant as it stands)`, EXIT.usage);
  }
}

/** A pattern that is mistyped would pass for tests that succeed. */
function refuseNone(read: readonly ReadTests[], wanted: (test: RuleTest) => boolean, pattern = ''): void {
  const tests = read.flatMap((one) => one.tests);
  const [first] = tests;
  if (first === undefined || tests.some(wanted) || read.some(({ problems }) => problems.length > 0)) return;
  const fix = `fix: there are ${tests.length}, such as ${JSON.stringify(first.document.name)}`;
  throw new CommandError(`--run: no test has a name that matches ${JSON.stringify(pattern)} (${fix})`, EXIT.usage);
}

/** The store is started only where there is something to run on it. */
async function runAll(read: readonly ReadTests[], wanted: (test: RuleTest) => boolean): Promise<Tested[]> {
  await using opened = new AsyncDisposableStack();
  let stage: Stage | null = null;
  const all: Tested[] = [];
  for (const { file, problems, tests } of read) {
    const outcomes = [];
    for (const test of tests.filter(wanted)) {
      stage ??= opened.use(await open());
      outcomes.push(await stage.run(test));
    }
    all.push({ file, problems, outcomes });
  }
  return all;
}

async function open(): Promise<Stage> {
  try {
    return await openStage(silentLog, silentTelemetry);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

const isFailed = ({ problems, outcomes }: Tested): boolean => problems.length > 0 || outcomes.some(({ failures }) => failures.length > 0);

function told(tested: readonly Tested[], { output, diff = false, debug = false }: Options): string {
  if (output === 'junit') return asJunit(tested);
  if (output === 'json') return JSON.stringify({ files: tested.map((one) => asJson(one, debug)) }, null, 2);
  return tested.map((one) => asText(one, { diff, debug })).join('\n');
}

function asJson({ file, problems, outcomes }: Tested, debug: boolean): object {
  const tests = outcomes.map(({ name, failures, story }) => ({
    name,
    ok: failures.length === 0,
    failures: failures.map(({ at, ...failure }) => ({ at: formatDuration(at), ...failure })),
    ...(debug ? { story } : {}),
  }));
  return { file, errors: problems, tests };
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`--junit: ${(error as Error).message}`);
  }
}
