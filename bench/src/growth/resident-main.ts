import { openGrown } from '../logs/grown.js';
import { logFrom, memoryWorld, redisWorld, sqliteWorld } from '../logs/worlds.js';
import { collectGarbage } from '../measure/garbage.js';
import { stopServers } from '../servers.js';

/** Prints how many bytes of resident memory a process gains for each event that it appends to a world. */

const residentBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().rss;
};

const [name, length] = process.argv.slice(2);
const kind = [memoryWorld, sqliteWorld('relaxed'), redisWorld].find((one) => one.name === name);
if (kind === undefined) throw new Error(`no world ${name}`);
const { world, close } = await kind.open();
const log = logFrom(world);
// Code is compiled, and caches are as large as they get.
await openGrown(log, Number(length) / 4);
const before = residentBytes();
await openGrown(log, Number(length));
// Collections may free more than what was gained.
console.log(Math.max(0, residentBytes() - before) / Number(length));
await close();
await stopServers();
