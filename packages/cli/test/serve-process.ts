import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { World } from '@world/contract';
import { createWorld, type RemoteWorldOptions } from '@world/remote-http';
import { onTestFinished } from 'vitest';
import { temporaryFolder, world } from './world-command.js';

/** What a server has said of itself. */
export interface Serving {
  readonly url: string;
  readonly process: ReturnType<typeof world>;
}

/** A server in a process of its own, on a free port, until the test is over; resolves when it listens. */
export async function serve(...args: string[]): Promise<Serving> {
  const process = world(['serve', ...args, '--port', '0', '--json']);
  onTestFinished(async () => {
    process.kill('SIGKILL');
    await process;
  });
  for await (const line of createInterface({ input: process.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, process };
  }
  throw new Error((await process).stderr);
}

/** A client, until the test is over. */
export function openRemote(options: RemoteWorldOptions): World {
  const opened = createWorld(options);
  onTestFinished(() => opened.close());
  return opened;
}

export const sqliteUrl = async (): Promise<string> =>
  `sqlite:${join(await temporaryFolder(), 'world.db')}`;

export async function tokenFile(text: string, mode = 0o600): Promise<string> {
  const file = join(await temporaryFolder(), 'tokens');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}
