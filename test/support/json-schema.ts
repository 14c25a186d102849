import { createRequire } from 'node:module';

interface Fault {
  readonly instancePath: string;
  readonly message?: string;
}

type Validate = ((value: unknown) => boolean) & { readonly errors?: readonly Fault[] | null };

/** Fastify brings a validator of JSON Schema with it. */
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'));
const { default: Ajv } = ofFastify('ajv/dist/2020.js') as {
  default: new (options: object) => { compile(schema: object): Validate };
};

/** What is wrong with a value, as a validator of draft 2020-12 says that knows nothing of remediad; throws if the schema itself is none. */
export function validatorOf(schema: object): (value: unknown) => string[] {
  const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true }).compile(
    schema,
  );
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`));
}
