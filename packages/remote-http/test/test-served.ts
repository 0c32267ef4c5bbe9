import type { World } from '@world/contract';
import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/remote-http';
import { serve } from '@world/remote-http/server';
import { afterAll } from 'vitest';

/** Registers the conformance suite for worlds behind a server, through a real socket. */
export async function testServed(
  name: string,
  openWorld: (namespace: string) => World,
): Promise<void> {
  const server = await serve(openWorld);
  afterAll(() => server.stop());
  const { url } = server;
  await testWorld({
    name: `@world/remote-http over ${name}`,
    create: (options) => createWorld({ url, ...options }),
    destroy: async ({ namespace }) => {
      const world = createWorld({ url, namespace });
      await world.deleteNamespace();
      await world.close();
    },
    capabilities,
    module: { specifier: import.meta.resolve('@world/remote-http'), url },
  });
}
