/** The parts of Kubernetes objects that the tests' own cluster looks at, as the API writes them. */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
}

export interface Pod {
  readonly metadata: Metadata;
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly ports?: readonly { readonly containerPort: number }[];
    }[];
  };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const isReady = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined && (status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** A workload's pods have the label `app` = its name and one container `main` with this port. */
export const PORT = 8080;

const podTemplate = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'none', ports: [{ containerPort: PORT }] }] },
});

export const statefulSet = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, labels: { app: name } },
  spec: {
    serviceName: name,
    replicas,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: name } },
    template: podTemplate(name),
  },
});

export const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name) },
});

/** A pod that nobody owns. */
export const loosePod = (name: string) => {
  const { metadata, spec } = podTemplate(name);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
};
