import { getFromPod, peersOf } from './endpoints.ts';
import { cure } from './faults.ts';
import { restartContainer } from './pods.ts';
import { faultOf, type PodState } from './state.ts';
import type { World } from './world.ts';

/** What a command came to. `repeat` = how often `stdout` is written; `end` other than exit: no exit code ever comes. */
export interface CommandAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly repeat: number;
  readonly exit: number;
  readonly pauseMs: number;
  readonly end: 'exit' | 'hang' | 'drop';
}

type Command = (call: { world: World; pod: PodState; args: readonly string[]; run: string | null }) => CommandAnswer;

function said(stdout: string, exit = 0, stderr = ''): CommandAnswer {
  return { stdout, stderr, repeat: 1, exit, pauseMs: 0, end: 'exit' };
}

/** Runs an argument array in the pod: a script of the fleet, the workload's peers command, or one of a few tools. */
export function runCommand(world: World, pod: PodState, argv: readonly string[], run: string | null): CommandAnswer {
  if (faultOf(pod, 'hang') !== null) return { ...said(''), end: 'hang' };
  const { spec } = pod.slot.workload;
  const script = world.scripts.find(
    ({ command, namespace, pod: name }) =>
      same(command, argv) && (namespace === null || namespace === spec.namespace) && (name === null || name === pod.name),
  );
  if (script !== undefined) return { ...script, pauseMs: script.pause };
  if (same(spec.peers_command, argv)) return said(peers(pod));
  const [tool = '', ...args] = argv;
  const command = tools.get(tool);
  return command === undefined
    ? said('', 127, `exec: "${tool}": executable file not found in $PATH\n`)
    : command({ world, pod, args, run });
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

function peers(pod: PodState): string {
  return `${JSON.stringify(Array.from({ length: peersOf(pod) }, (_, n) => ({ id: `peer-${n}`, latency_ms: 20 + n })))}\n`;
}

interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
}

function processesOf(pod: PodState): Process[] {
  const { process, more_processes: more } = pod.slot.workload.spec;
  return [[process], ...more].map((argv, index) => ({ pid: index === 0 ? 1 : 6 + index, argv }));
}

const tools = new Map<string, Command>([
  ['true', () => said('')],
  ['false', () => said('', 1)],
  ['echo', ({ args }) => said(`${args.join(' ')}\n`)],
  ['curl', ({ pod, args }) => curl(pod, args)],
  ['pgrep', ({ pod, args }) => pgrep(pod, args)],
  ['find', ({ pod, args }) => findExecutables(pod, args)],
  ['kill', kill],
]);

/** Knows one form: a URL on this host last, `-w` for the status after the body, `-o` to be rid of the body. */
function curl(pod: PodState, args: readonly string[]): CommandAnswer {
  const url = URL.parse(args.at(-1) ?? '');
  if (url === null) return said('', 3, 'curl: (3) URL rejected\n');
  const answer = getFromPod(pod, Number(url.port), url.pathname + url.search);
  if (answer === 'hang') return { ...said(''), end: 'hang' };
  if (answer === 'refused') return said('', 7, `curl: (7) Failed to connect to ${url.host}\n`);
  const format = args.includes('-w') ? (args[args.indexOf('-w') + 1] ?? '') : '';
  const body = args.includes('-o') ? '' : answer.body;
  return said(body + format.replaceAll(String.raw`\n`, '\n').replaceAll('%{http_code}', String(answer.status)));
}

function pgrep(pod: PodState, args: readonly string[]): CommandAnswer {
  const pattern = new RegExp(args.at(-1) ?? '');
  // The kernel keeps 15 characters of a name; only -f looks at the whole command line.
  const text = ({ argv }: Process) => (args.includes('-f') ? argv.join(' ') : (argv[0] ?? '').replace(/^.*\//, '').slice(0, 15));
  const found = processesOf(pod).filter((process) => pattern.test(text(process)));
  return found.length === 0 ? said('', 1) : said(found.map(({ pid }) => `${pid}\n`).join(''));
}

/** As `find /proc -maxdepth 2 -name exe -lname PATTERN` would, where the pattern is a star, a slash and the name of an executable. */
function findExecutables(pod: PodState, args: readonly string[]): CommandAnswer {
  const suffix = (args[args.indexOf('-lname') + 1] ?? '').replace(/^\*/, '');
  const found = processesOf(pod).filter(({ argv }) => argv[0]?.endsWith(suffix));
  return said(found.map(({ pid }) => `/proc/${pid}/exe\n`).join(''));
}

function kill({ world, pod, args, run }: Parameters<Command>[0]): CommandAnswer {
  const [option = '', ...rest] = args;
  const signal = (option === '-s' ? rest.shift() : option.slice(1))?.replace(/^SIG/, '') ?? '';
  const target = processesOf(pod).find(({ pid }) => String(pid) === rest.at(-1));
  if (target === undefined || pod.container.state !== 'running') return said('', 1, `kill: (${rest.at(-1)}): No such process\n`);
  const { namespace } = pod.slot.workload.spec;
  const process = target.argv[0] ?? '';
  world.journal.add({ at: world.now, effect: 'signal', namespace, pod: pod.name, uid: pod.uid, signal, process, run, repeated: false });
  cure(world, pod, signal);
  if (['TERM', 'INT', 'QUIT', 'KILL'].includes(signal) && target.pid === 1) restartContainer(world, pod, `SIG${signal}`);
  return said('');
}
