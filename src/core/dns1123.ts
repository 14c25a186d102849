/**
 * Names that Kubernetes takes. Names come out of alert labels and become parts of request paths, which client libraries do not always
 * encode: whatever does not pass here is never sent.
 */
const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Namespaces, containers, Services. */
export function isDns1123Label(name: string): boolean {
  return label.test(name);
}

/** Pods, workloads, nodes: labels joined by dots, at most 253 characters. */
export function isDns1123Subdomain(name: string): boolean {
  return name.length <= 253 && name.split('.').every(isDns1123Label);
}
