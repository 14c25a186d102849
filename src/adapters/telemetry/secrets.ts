/** Shorter values are not replaced: they would eat ordinary words. */
const shortest = 6;

/** The text with each secret replaced by `<secret>`, also where JSON had to escape it. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < shortest) continue;
    clean = clean.replaceAll(secret, '<secret>');
    const escaped = JSON.stringify(secret).slice(1, -1);
    if (escaped !== secret) clean = clean.replaceAll(escaped, '<secret>');
  }
  return clean;
}
