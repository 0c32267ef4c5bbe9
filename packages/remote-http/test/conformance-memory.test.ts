import { createWorld } from '@world/memory';
import { testServed } from './test-served.js';

await testServed('memory', (namespace) => createWorld({ url: 'memory:', namespace }));
