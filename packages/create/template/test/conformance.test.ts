import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '../src/index.js';
import { freshUrl, specifier } from './place.js';

const url = freshUrl();

await testWorld({
  name: 'my-world',
  create: (options) => createWorld({ url, ...options }),
  capabilities,
  module: { specifier, url },
});
