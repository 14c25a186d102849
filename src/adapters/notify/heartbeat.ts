/** GET on the address of a dead man's switch. Throws an error without the address, which is a secret more often than not. */
export async function pingHeartbeat(url: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }).catch(
    () => null,
  );
  if (response === null) throw new Error('the heartbeat address was not reached');
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the heartbeat address answered HTTP ${response.status}`);
}
