import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Gives what ends the connections of a server: idle ones at once, also those that were never used, the others with their answer.
 * Node alone keeps a connection whose answer ends later, and its client would ask on it again, and so keep the server from closing.
 */
export function createDrain(server: Server): () => void {
  const idle = new Set<Socket>();
  let isDraining = false;
  server.on('connection', (socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    idle.delete(socket);
    if (isDraining) response.shouldKeepAlive = false;
    response.once('close', () => {
      if (isDraining) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return () => {
    isDraining = true;
    for (const socket of idle) socket.destroy();
  };
}
