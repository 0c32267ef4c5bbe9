import { getWorld } from 'workflow/runtime';

// Begins to deliver, and goes on with what an earlier process left.
await getWorld().start?.();

/** Needs NEXT_MANUAL_SIG_HANDLE=true: otherwise Next.js stops listening first, and deliveries fail. */
async function stop(): Promise<void> {
  // While the world finishes what it delivers, the app still answers.
  await getWorld().close?.();
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
