import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** How many keys a server on this machine holds, in its first database. The password has no spaces and quotes. */
export async function databaseSize(url: string): Promise<number> {
  const { hostname, port, password } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const login = password === '' ? '' : `AUTH ${decodeURIComponent(password)}\r\n`;
  socket.write(`${login}DBSIZE\r\nQUIT\r\n`);
  const reply = await text(socket);
  const size = /^:(\d+)\r$/m.exec(reply)?.[1];
  if (size === undefined) throw new Error(`DBSIZE was answered with ${JSON.stringify(reply)}`);
  return Number(size);
}
