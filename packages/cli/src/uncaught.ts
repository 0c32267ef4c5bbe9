type Handler = (error: unknown) => void;

const handlers: Handler[] = [];

/** Hands errors that nobody has caught, rejections too, to this handler until it is released, then to the one before. */
export function catchUncaught(handler: Handler): () => void {
  if (handlers.length === 0) process.on('uncaughtException', (error) => handlers.at(-1)?.(error));
  handlers.push(handler);
  return () => {
    const at = handlers.lastIndexOf(handler);
    if (at > 0) handlers.splice(at, 1);
  };
}
