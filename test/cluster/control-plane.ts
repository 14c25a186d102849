import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { withRetriedPort } from '../support/server.ts';
import { Api } from './api.ts';
import { controlPlaneBinary } from './binaries.ts';
import { writeCertificates } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { egressSocket, PodNetwork } from './pod-network.ts';
import { Program } from './program.ts';
import { createRunFolder } from './run-folder.ts';

const READY_MS = 60_000;
const ADMIN_TOKEN = 'admin-token';

/** Where a control plane is and what it takes to speak with it; plain data, so that it can be handed to another process. */
export interface ClusterPlace {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /**
   * Certificates (see `writeCertificates`), logs, the pods' network in `net`, and `audit.log`: a JSON line for each request that changes
   * something, and for all others of service accounts.
   */
  readonly folder: string;
  /** May do everything. */
  readonly adminToken: string;
  /** The same with context `admin`. */
  readonly adminKubeconfig: string;
}

/** A real etcd, API server, controller manager and scheduler. Disposing it removes all of it. */
export interface ControlPlane extends AsyncDisposable {
  readonly place: ClusterPlace;
  readonly etcd: Program;
  readonly apiServer: Program;
  /** Starts it again on the same port and data, and waits until it serves. */
  restartApiServer(): Promise<void>;
}

/** Starts a control plane of its own: some four seconds, and half a gigabyte while it runs. */
export function startCluster(): Promise<ControlPlane> {
  return withRetriedPort(async () => {
    const folder = createRunFolder();
    await using parts = new AsyncDisposableStack();
    parts.defer(() => {
      if (process.env['KEEP_CLUSTER_DIR'] === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    });
    writeCertificates(folder);
    parts.use(await PodNetwork.open(join(folder, 'net')));
    const [etcdPort, peerPort, port, managerPort, schedulerPort] = await freePorts();
    const server = `https://127.0.0.1:${port}`;
    const authority = readFileSync(join(folder, 'ca.crt'), 'utf8');
    const adminKubeconfig = writeKubeconfig(join(folder, 'admin.kubeconfig'), { name: 'admin', server, authority, token: ADMIN_TOKEN });
    const place = { server, folder, adminToken: ADMIN_TOKEN, adminKubeconfig };

    const run = (name: string, args: readonly string[]) => {
      const program = new Program(name, [controlPlaneBinary(name), ...args], join(folder, `${name}.log`));
      parts.defer(() => program.kill());
      program.start();
      return program;
    };
    const etcd = run('etcd', etcdArguments(folder, etcdPort, peerPort));
    const apiServer = run('kube-apiserver', apiServerArguments(folder, etcdPort, port));
    await waitUntilReady(place, [etcd, apiServer]);
    run('kube-controller-manager', controllerManagerArguments(place, managerPort));
    run('kube-scheduler', [...controllerArguments(place, schedulerPort), `--cert-dir=${folder}/scheduler`]);

    const kept = parts.move();
    return {
      place,
      etcd,
      apiServer,
      async restartApiServer() {
        await apiServer.kill();
        apiServer.start();
        await waitUntilReady(place, [etcd, apiServer]);
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  });
}

async function freePorts(): Promise<[number, number, number, number, number]> {
  return Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
}

function etcdArguments(folder: string, port: number, peerPort: number): string[] {
  const [clients, peers] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerArguments(folder: string, etcdPort: number, port: number): string[] {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tokens = write('tokens.csv', `${ADMIN_TOKEN},admin,admin,"system:masters"\n`);
  const proxy = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: egressSocket(join(folder, 'net')) } } };
  const egressSelections = [{ name: 'cluster', connection: proxy }];
  const egress = { apiVersion: 'apiserver.k8s.io/v1beta1', kind: 'EgressSelectorConfiguration', egressSelections };
  const told = { level: 'Metadata', omitStages: ['RequestReceived'] };
  const changes = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  const rules = [{ ...told, verbs: changes }, { ...told, userGroups: ['system:serviceaccounts'] }, { level: 'None' }];
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--advertise-address=127.0.0.1',
    // Loopback is no address for the endpoints of the Service `kubernetes`.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/16',
    `--tls-cert-file=${folder}/server.crt`,
    `--tls-private-key-file=${folder}/server.key`,
    `--client-ca-file=${folder}/ca.crt`,
    `--cert-dir=${folder}/apiserver`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${folder}/accounts.pub`,
    `--service-account-signing-key-file=${folder}/accounts.key`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    // Keeps the pods of a namespace on the node of its test.
    '--enable-admission-plugins=PodNodeSelector',
    '--kubelet-preferred-address-types=InternalIP',
    `--egress-selector-config-file=${write('egress.json', JSON.stringify(egress))}`,
    `--audit-policy-file=${write('audit.json', JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }))}`,
    `--audit-log-path=${folder}/audit.log`,
    '--audit-log-mode=blocking',
    '--profiling=false',
  ];
}

/** Of the controller manager and the scheduler: one of each, and no slower than the API server. */
function controllerArguments({ adminKubeconfig }: ClusterPlace, port: number): string[] {
  const fast = ['--kube-api-qps=500', '--kube-api-burst=1000'];
  return [`--kubeconfig=${adminKubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1', `--secure-port=${port}`, ...fast];
}

function controllerManagerArguments(place: ClusterPlace, port: number): string[] {
  const { folder } = place;
  return [
    ...controllerArguments(place, port),
    `--cert-dir=${folder}/manager`,
    `--service-account-private-key-file=${folder}/accounts.key`,
    `--root-ca-file=${folder}/ca.crt`,
    // Our nodes renew no lease: they are as ready as they say.
    '--node-monitor-grace-period=24h',
  ];
}

async function waitUntilReady(place: ClusterPlace, programs: readonly Program[]): Promise<void> {
  using api = Api.admin(place);
  const end = performance.now() + READY_MS;
  while (!(await api.isReady())) {
    const broken = programs.find(({ ended }) => ended);
    if (broken !== undefined) throw new Error(`${broken.name} ended at once; it said:\n${broken.said}`);
    if (performance.now() > end)
      throw new Error(`the API server is not ready after ${READY_MS / 1000} s; it said:\n${programs.at(-1)?.said}`);
    await sleep(50);
  }
}
