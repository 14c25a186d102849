import type { RequestOptions } from 'node:https';

/** Who we are to an API server, and how we know that it is the right one. */
export interface Identity {
  /** `https://host:port`, with a path below which the API lies where there is one. */
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;

/** Where an identity is read from, again and again. */
export interface IdentitySource {
  /** Throws one sentence. */
  read(): Promise<Identity>;
  /** It was refused: what is remembered of it is of no use any more. */
  forget(): void;
}
