import { startSandbox } from '../../support/sandbox.ts';
import { clusterContract, contractFleet, type ContractHost, type Scene } from '../../support/cluster-contract.ts';

clusterContract('the sandbox', async (): Promise<ContractHost> => {
  const sandbox = await startSandbox({ workloads: [] });
  const cluster = sandbox.cluster('contract');
  let scenes = 0;
  return {
    async scene(): Promise<Scene> {
      const namespace = `scene-${scenes++}`;
      await sandbox.admin.addFleet(contractFleet(namespace));
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
