import { inject } from 'vitest';
import { clusterContract, type ContractHost, type Scene, type Trouble } from '../support/cluster-contract.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy, type Strike } from './api-proxy.ts';
import { scripted, type Command } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { deployment, loosePod, PORT, statefulSet } from './objects.ts';

/** What an API server answers in trouble; what it cannot be brought to say at will, the proxy says in its place. */
const strikes: Record<Exclude<Trouble, 'deny'>, Strike> = {
  error: { status: 500, body: { reason: 'InternalError', message: 'etcdserver: request timed out' } },
  overloaded: { status: 429, body: { reason: 'TooManyRequests', message: 'too many requests, please try again later' } },
  'disruption-budget': {
    status: 429,
    body: {
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget store needs 3 healthy pods and has 3 currently' }],
      },
    },
  },
  hang: 'hang',
  'lost-before': 'cut-before',
  'lost-after': 'cut-after',
};

clusterContract('the Kubernetes API', async (): Promise<ContractHost> => {
  let scene = new AsyncDisposableStack();
  return {
    async scene() {
      await scene.disposeAsync();
      scene = new AsyncDisposableStack();
      return makeScene(scene);
    },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
});

async function makeScene(parts: AsyncDisposableStack): Promise<Scene> {
  const place = inject('cluster');
  const space = parts.use(await TestNamespace.open(place, { labels: { team: 'contract' }, annotations: { note: 'contract' } }));
  space.kubelet.fate = () => ({ terminateMs: 200 });
  const proxy = parts.use(await ApiProxy.start(place));
  const account = await space.account(ALL_PERMISSIONS, proxy.url);
  await space.apply(statefulSet('store', 3), deployment('front', 2), loosePod('alone'));
  const cluster = parts.use(await connectTo(account));
  await space.ready(6);

  const commands = new Map<string, Command>();
  space.kubelet.command = (_, command) => commands.get(JSON.stringify(command)) ?? scripted({ exit: 127 });
  return {
    cluster,
    namespace: space.name,
    port: PORT,
    async trouble(verb, resource, trouble) {
      if (trouble === 'deny') return account.revoke(verb, resource);
      const before = proxy.strike;
      proxy.strike = (call) =>
        call.verb === verb && call.resource === resource && call.namespace === space.name ? strikes[trouble] : before(call);
    },
    behave: async (command, behaviour) => void commands.set(JSON.stringify(command), scripted(behaviour)),
  };
}
