import type { Redis } from 'ioredis';

/** Every key of a server's database with its value, for comparing before and after. */
export async function readKeyspace(client: Redis): Promise<Readonly<Record<string, string>>> {
  const keys = (await client.keys('*')).sort();
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, i) => [key, String(values[i]?.toString('hex'))]));
}
