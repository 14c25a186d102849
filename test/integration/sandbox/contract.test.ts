import { startSandbox } from '../../support/sandbox.ts';
import { clusterContract, type ContractHost, type Scene } from '../../support/cluster-contract.ts';

clusterContract('the sandbox', async (): Promise<ContractHost> => {
  const sandbox = await startSandbox({ workloads: [] });
  const cluster = sandbox.cluster('contract');
  let scenes = 0;
  return {
    async scene(): Promise<Scene> {
      const namespace = `scene-${scenes++}`;
      const common = { namespace, container: 'main', ports: [8080], start: 20, ready: 20, terminate: 100 };
      await sandbox.admin.addFleet({
        namespaces: { [namespace]: { labels: { team: 'contract' }, annotations: { note: 'contract' } } },
        workloads: [
          { kind: 'StatefulSet', name: 'store', replicas: 3, ...common },
          { kind: 'Deployment', name: 'front', replicas: 2, ...common },
          { kind: 'Pod', name: 'alone', ...common },
        ],
      });
      return {
        cluster,
        namespace,
        port: 8080,
        trouble: async (verb, resource, kind) => void (await sandbox.admin.breakApi({ kind, verb, resource, namespace })),
        behave: (command, behaviour) => sandbox.admin.addScript({ command: [...command], namespace, ...behaviour }),
      };
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
});
