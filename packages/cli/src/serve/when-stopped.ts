import { once } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** pnpm sends the signal that the terminal has sent already, ms. */
const ECHO_MS = 500;

/** Waits for a signal, then stops. @throws the signal's reason when another one comes meanwhile: the user will not wait. */
export async function whenStopped(signal: AbortSignal, stop: () => Promise<void>): Promise<void> {
  if (!signal.aborted) {
    // A promise alone keeps no process alive; the server does.
    await once(signal, 'abort');
  }
  const since = performance.now();
  const again = new Promise<never>((_, reject) => {
    const onSignal = (): void => {
      if (performance.now() - since > ECHO_MS) reject(signal.reason);
    };
    for (const name of SIGNALS) process.on(name, onSignal);
  });
  await Promise.race([stop(), again]);
}
