import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Counts what clients send to servers, as MONITOR shows it. https://redis.io/docs/latest/commands/monitor/ */

const LINE = /^\+\d+\.\d+ \[\d+ (\S+)\] "(\w+)"(?: "(\w+)")?/;
const END = 'counted';

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/**
 * Commands that reach these servers from clients while `call` runs, by name; what scripts call does not count.
 * Connections that `call` opens count with what they send to begin with.
 */
export async function countCommands(
  ports: readonly number[],
  call: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const monitors = await Promise.all(
    ports.map(async (port) => {
      const socket = await open(port);
      const lines = createInterface(socket)[Symbol.asyncIterator]();
      socket.write('MONITOR\r\n');
      await lines.next();
      return { port, socket, lines };
    }),
  );
  await call();
  for (const { port, socket, lines } of monitors) {
    const marker = await open(port);
    marker.write(`ECHO ${END}\r\n`);
    for (;;) {
      const { value } = await lines.next();
      const [, source, command = '', argument] = LINE.exec(String(value)) ?? [];
      if (argument === END) break;
      const name = command.toLowerCase();
      if (source !== 'lua' && name !== '') counts[name] = (counts[name] ?? 0) + 1;
    }
    marker.destroy();
    socket.destroy();
  }
  return counts;
}
