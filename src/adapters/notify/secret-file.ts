import { readFile } from 'node:fs/promises';

/** The secret in a file, without the line break at its end. Throws an error that names the file and never its content. */
export async function readSecret(path: string): Promise<string> {
  const secret = (await readFile(path, 'utf8').catch(fail(path))).trim();
  if (secret === '') throw new Error(`secret file ${path} is empty`);
  return secret;
}

function fail(path: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`secret file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`, { cause: error });
  };
}
