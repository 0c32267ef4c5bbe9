import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/memory';

await testWorld({
  name: '@world/memory',
  create: (options) => createWorld({ url: 'memory:', ...options }),
  capabilities,
});
