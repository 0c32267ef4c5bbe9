// The built contract, for the generators of the documentation.
export * from '../../packages/contract/dist/index.js';
