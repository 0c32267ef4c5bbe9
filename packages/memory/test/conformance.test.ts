import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/memory';

await testWorld({
  name: '@world/memory',
  create: ({ namespace }) => createWorld({ url: 'memory:', namespace }),
  capabilities,
});
