import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleOf } from '../../acceptance/chain.ts';
import { eventually } from '../../support/eventually.ts';
import { notFound, type Command } from '../exec-call.ts';
import { statefulSet } from '../objects.ts';
import { openStage, type Stage } from './stage.ts';

/** Two characters longer than what the kernel keeps of a name. */
const NAME = 'archivechain-node';

// What the containers run is run here: real processes, real pgrep and kill. One that gets the signal dies of it.
const processes = {
  'chain-0': [NAME, `${NAME}-exporter`, NAME.slice(0, 15)],
  'chain-1': [`${NAME}-exporter`],
  'chain-2': [NAME, NAME],
} satisfies Record<string, readonly string[]>;

const run = promisify(execFile);
const children = new Map<string, ChildProcess[]>();
let stage: Stage;
beforeAll(async () => {
  for (const [pod, names] of Object.entries(processes)) {
    children.set(
      pod,
      names.map((argv0) => spawn('sleep', ['3600'], { argv0, stdio: 'ignore' })),
    );
  }
  stage = await openStage({
    workloads: [statefulSet('chain', 3)],
    rules: [ruleOf({ remediations: [{ use: 'poke' }] })],
    remediations: [
      { name: 'poke', steps: [{ name: 'poke', action: 'kubernetes/signal-process', with: { process: NAME, signal: 'SIGUSR1' } }] },
    ],
  });
  stage.space.kubelet.command = (pod, [program = '']) => programs[program]?.(pod) ?? notFound;
});
afterAll(async () => {
  for (const child of [...children.values()].flat()) child.kill('SIGKILL');
  await stage[Symbol.asyncDispose]();
});

const pidsOf = (pod: string): string[] => (children.get(pod) ?? []).map(({ pid }) => `${pid}`);

/** A container sees its own processes and no others. */
const programs: Readonly<Record<string, (pod: string) => Command>> = {
  pgrep: (pod) => async (call) => {
    const all = await run('pgrep', call.command.slice(1)).then(
      ({ stdout }) => stdout.split('\n'),
      (error: { code: number }) => error.code === 1 && [],
    );
    if (all === false) return 2;
    const own = all.filter((pid) => pidsOf(pod).includes(pid));
    await call.print(own.map((pid) => `${pid}\n`).join(''));
    return own.length === 0 ? 1 : 0;
  },
  kill: (pod) => async (call) => {
    if (!pidsOf(pod).includes(call.command.at(-1) ?? '')) return 1;
    await run('kill', call.command.slice(1));
    return 0;
  },
};

const endsOf = (pod: string) => (children.get(pod) ?? []).map(({ signalCode }) => signalCode);
const kills = (pod: string) => stage.space.kubelet.commands.filter((one) => one.pod === pod && one.command[0] === 'kill');

test('a process whose name is longer than the kernel keeps is hit, and no other', async () => {
  const { remediad, space, alertmanager } = stage;
  await stage.takeDown('chain-0');
  await eventually('the process to be hit', () => endsOf('chain-0')[0] === 'SIGUSR1', { withinMs: 30_000 });
  await space.kubelet.tell('chain-0', { ready: true });
  await alertmanager.resolve(stage.alert('chain-0'));

  expect(await remediad.ended('chain-0', 60_000)).toMatchObject({ state: 'succeeded', effects: [{ result: 'done' }] });
  expect(Object.keys(processes).flatMap(endsOf)).toEqual(['SIGUSR1', null, null, null, null, null]);
  expect(kills('chain-0').map(({ command }) => command)).toEqual([['kill', '-s', 'USR1', pidsOf('chain-0')[0]]]);
});

test.each([
  ['no process', 'chain-1', 0],
  ['two processes', 'chain-2', 2],
])('with %s of the name no signal is sent, and a human is told how many there are', async (_, pod, count) => {
  await stage.takeDown(pod);

  const ended = await stage.remediad.ended(pod, 60_000);

  const why = `${count} processes named ${NAME} in container main of pod ${pod}, exactly one is needed`;
  expect(ended).toMatchObject({ state: 'escalated', acted: false, effects: [], end: { reason: 'ladder-end' } });
  expect(ended.tried).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining(why) as string }]);
  expect(endsOf(pod).every((end) => end === null)).toBe(true);
  expect(kills(pod)).toEqual([]);
  const [message] = await eventually('a human to be told', () => stage.told(pod).length > 0 && stage.told(pod), { withinMs: 20_000 });
  expect(JSON.stringify(message?.report)).toContain(why);
});
