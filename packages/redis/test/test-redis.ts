import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/redis';

/** Registers the conformance suite against the servers behind a URL. */
export function testRedis(where: string, url: string): Promise<void> {
  return testWorld({
    name: `@world/redis on ${where}`,
    create: (options) => createWorld({ url, ...options }),
    destroy: async ({ namespace }) => {
      const world = createWorld({ url, namespace });
      await world.deleteNamespace();
      await world.close();
    },
    capabilities,
    module: { specifier: import.meta.resolve('@world/redis'), url },
  });
}
