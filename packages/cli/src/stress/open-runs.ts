import type { World } from '@world/contract';
import { readAll } from '../copy/read-pages.js';

/** Ids of the runs of a world that are not over. One after the other: a run that is started meanwhile is in the second list. */
export async function openRunIds(world: World): Promise<string[]> {
  const runIds: string[] = [];
  for (const status of ['pending', 'running'] as const) {
    const runs = await readAll((pagination) =>
      world.runs.list({ status, pagination, resolveData: 'none' }),
    );
    runIds.push(...runs.map(({ runId }) => runId));
  }
  return runIds;
}
