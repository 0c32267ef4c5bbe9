export { type AppFiles, AppProcess, freePort } from './app-process.js';
export { openFolder, type Place } from './place.js';
export { until } from './until.js';
