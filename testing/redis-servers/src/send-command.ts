import { connect } from 'node:net';

const TIMEOUT_MS = 2000;

/** Where a command goes. */
export interface Address {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly password?: string | undefined;
}

/**
 * Sends one command over a connection of its own. Resolves to the reply as text, nil to the empty string; rejects with what the
 * server refused, and when there is no answer within 2 s. Replies that are arrays are not understood.
 */
export function sendCommand(address: Address, ...command: readonly string[]): Promise<string> {
  const { port, password } = address;
  const commands = [...(password === undefined ? [] : [['AUTH', password]]), command];
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    const end = (outcome: string | Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(
      () => end(new Error(`no answer from port ${port} within ${TIMEOUT_MS} ms`)),
      TIMEOUT_MS,
    );
    socket.on('error', end);
    socket.on('close', () => end(new Error(`port ${port} closed the connection`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const replies = readReplies(received);
      const refused = replies.find((reply) => reply instanceof Error);
      const last = refused ?? replies[commands.length - 1];
      if (last !== undefined) end(last);
    });
    socket.write(commands.map(encode).join(''));
  });
}

function encode(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

/** The complete replies in `buffer`: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function readReplies(buffer: Buffer): (string | Error)[] {
  const replies: (string | Error)[] = [];
  let from = 0;
  for (;;) {
    const lineEnd = buffer.indexOf('\r\n', from);
    if (lineEnd < 0) return replies;
    const type = String.fromCharCode(buffer[from] ?? 0);
    const line = buffer.toString('utf8', from + 1, lineEnd);
    from = lineEnd + 2;
    if (type === '+' || type === ':') {
      replies.push(line);
    } else if (type === '$') {
      const length = Math.max(Number(line), 0);
      const end = line === '-1' ? from : from + length + 2;
      if (buffer.length < end) return replies;
      replies.push(buffer.toString('utf8', from, from + length));
      from = end;
    } else {
      replies.push(new Error(type === '-' ? line : `a reply of type ${type} is not understood`));
    }
  }
}
