import { freePort } from '@world/app-process';
import { type RedisServer, startRedis } from '@world/redis-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Block, isProgram } from './blocks.js';
import { documents } from './documents.js';
import { openFolder, Program } from './program.js';

/** Where the documents say that Redis, and a server of worlds, are. */
const REDIS_URL = 'redis://127.0.0.1:6379';
const SERVER_PORT = '8787';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** A program, and the one before it in its document that runs beside it. */
interface Run {
  readonly main: Block;
  readonly beside: Block | undefined;
}

function runsOf(blocks: readonly Block[]): Run[] {
  const runs: Run[] = [];
  let beside: Block | undefined;
  for (const block of blocks.filter(isProgram)) {
    if (block.note?.kind === 'beside') {
      beside = block;
    } else if (block.note === undefined) {
      runs.push({ main: block, beside });
      beside = undefined;
    }
  }
  return runs;
}

async function linesOf({ main, beside }: Run): Promise<string[]> {
  const folder = await openFolder();
  const port = await freePort();
  const placed = ({ code }: Block): string =>
    code.replaceAll(REDIS_URL, redis.url).replaceAll(SERVER_PORT, String(port));
  const started: Program[] = [];
  const start = async (block: Block): Promise<Program> => {
    const program = await Program.start(folder.path, placed(block));
    started.push(program);
    return program;
  };
  try {
    const server = beside && (await start(beside));
    await server?.listening(port);
    const lines = await (await start(main)).lines();
    await server?.stop();
    return lines;
  } finally {
    for (const program of started) program.kill();
    await folder.remove();
  }
}

describe('the program does what its document says', () => {
  for (const blocks of documents().values()) {
    for (const run of runsOf(blocks)) {
      const says = run.main.prints?.join(', ') ?? 'runs';
      test(`${run.main.place}: ${says}`, async () => {
        const lines = await linesOf(run);
        if (run.main.prints !== undefined) expect(lines).toEqual(run.main.prints);
      }, 120_000);
    }
  }
});
