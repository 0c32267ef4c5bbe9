/** Called once when the server starts. */
export async function register(): Promise<void> {
  // Only Node.js has a world. The build drops the import from what it makes for the edge.
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./instrumentation-node');
}
