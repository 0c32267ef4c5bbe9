import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { call } from './attack.js';
import { served } from './given.js';

interface Connection {
  /** Sends a request; whether it is answered: else the connection was closed. */
  ask(): Promise<boolean>;
  end(): void;
}

const REQUEST = 'GET /health HTTP/1.1\r\nhost: h\r\n\r\n';
const ANSWER = '"status":"ok"';

/** A connection that is kept until the test is over. */
function open(url: string): Connection {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  // That it is reset is how it may be closed.
  socket.on('error', () => {});
  let text = '';
  socket.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  const isAnswered = (): boolean => text.includes(ANSWER);
  return {
    async ask() {
      text = '';
      if (socket.destroyed) return false;
      socket.write(REQUEST);
      await new Promise<void>((resolve) => {
        socket.on('data', () => isAnswered() && resolve());
        socket.once('close', () => resolve());
      });
      return isAnswered();
    },
    end: () => socket.destroy(),
  };
}

const askAll = (all: readonly Connection[]): Promise<boolean[]> =>
  Promise.all(all.map((one) => one.ask()));

test('connections beyond `maxConnections` are closed; those inside go on, and make room when they end', async () => {
  const { url } = await served({ maxConnections: 20 });
  const flood = Array.from({ length: 200 }, () => open(url));
  const answers = await askAll(flood);
  const inside = flood.filter((_, i) => answers[i]);
  expect(inside).toHaveLength(20);
  for (let round = 0; round < 3; round += 1) {
    expect(await askAll(Array.from({ length: 50 }, () => open(url)))).not.toContain(true);
    expect(await askAll(inside)).not.toContain(false);
  }
  const leaving = inside.splice(0, 5);
  for (const one of leaving) one.end();
  const entering = leaving.map(() => open(url));
  const refusedOnes = async () => {
    const refused = (await askAll(entering)).flatMap((isIn, i) => (isIn ? [] : [i]));
    for (const i of refused) entering[i] = open(url);
    return refused;
  };
  await expect.poll(refusedOnes).toEqual([]);
  expect(await askAll(inside)).not.toContain(false);
  expect(await open(url).ask()).toBe(false);
  entering[0]?.end();
  await expect.poll(async () => (await call(url, 'runs.list', {})).status).toBe(200);
});
