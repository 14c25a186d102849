import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needBinary } from '../support/binary.ts';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const NAMES = ['DNS:localhost', 'DNS:kubernetes.default.svc', 'IP:127.0.0.1', 'IP:10.0.0.1'];

/**
 * Writes into the folder: `ca.crt`, `ca.key` · `server.crt`, `server.key` for loopback · `client.crt`, `client.key` of the user `admin`, who may
 * do everything · `accounts.key`, `accounts.pub` for the tokens of service accounts.
 */
export function writeCertificates(folder: string): void {
  const openssl = opensslIn(folder);
  writeAuthority(folder, 'ca');
  const sign = (name: string, subject: string, extensions: readonly string[]) => {
    writeFileSync(join(folder, `${name}.ext`), extensions.join('\n'));
    openssl('req', ...KEY, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...authority, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
  };
  sign('server', '/CN=kube-apiserver', [`subjectAltName=${NAMES.join(',')}`, 'extendedKeyUsage=serverAuth']);
  sign('client', '/O=system:masters/CN=admin', ['extendedKeyUsage=clientAuth']);
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'accounts.key');
  openssl('ec', '-in', 'accounts.key', '-pubout', '-out', 'accounts.pub');
}

/** Writes `<name>.crt` and `<name>.key` of an authority into the folder. */
export function writeAuthority(folder: string, name: string): void {
  opensslIn(folder)('req', '-x509', ...KEY, '-days', '30', '-subj', `/CN=test-${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
}

const opensslIn =
  (folder: string) =>
  (...args: string[]) =>
    void execFileSync(needBinary('openssl'), args, { cwd: folder, stdio: 'pipe' });
