// What each world can do, as its package exports it.
import { capabilities as memory } from '../../packages/memory/dist/index.js';
import { capabilities as redis } from '../../packages/redis/dist/index.js';
import { capabilities as remoteHttp } from '../../packages/remote-http/dist/index.js';
import { capabilities as sqlite } from '../../packages/sqlite/dist/index.js';

const WORLDS = { memory, sqlite, redis, 'remote-http': remoteHttp };

/** What a capability guarantees, and where it depends on more than the package. */
const GUARANTEES = {
  durable: {
    what: 'an acknowledged event survives a kill of the process and a power loss',
    depends: {
      sqlite: 'with `durability: full`, the default',
      redis: 'on a server with `appendfsync always`',
      'remote-http': 'if the world behind the server is',
    },
  },
  shared: { what: 'several processes use the same data, and race safely' },
  queue: { what: 'messages are delivered, with delays, leases and repetition' },
  streams: { what: 'live streams' },
  push: { what: 'followers of other processes are notified, not polled every 50 ms' },
};

export function capabilityTable() {
  const names = Object.keys(WORLDS);
  for (const name of names) {
    for (const capability of Object.keys(WORLDS[name])) {
      if (GUARANTEES[capability] === undefined) {
        throw new Error(`scripts/docs/capability-table.mjs does not tell ${capability}`);
      }
    }
  }
  const rows = Object.entries(GUARANTEES).map(([capability, { what, depends = {} }]) => {
    const cells = names.map((name) => {
      if (!WORLDS[name][capability]) return 'no';
      return depends[name] === undefined ? 'yes' : `yes, ${depends[name]}`;
    });
    return `| \`${capability}\`: ${what} | ${cells.join(' | ')} |`;
  });
  const heads = ['', ...names.map((name) => `[\`@world/${name}\`](../packages/${name}/README.md)`)];
  return [`| ${heads.join(' | ')} |`, `| ${heads.map(() => '---').join(' | ')} |`, ...rows].join(
    '\n',
  );
}
