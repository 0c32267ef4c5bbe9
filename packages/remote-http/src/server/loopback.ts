import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine reaches an address. Names but `localhost` count as public: who knows where they lead. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  // With a zone it is an address of a link.
  if (version === 0 || host.includes('%')) return false;
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
