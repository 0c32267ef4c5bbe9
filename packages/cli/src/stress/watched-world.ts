import type { World } from '@world/contract';
import type { Mark } from './news.js';

type Told = Pick<Mark, 'runId' | 'kind' | 'text'>;

/** A world that tells when ticks of these runs begin and commit. A tick begins where the runtime reads the log: as it starts the run. */
export function watchedWorld(
  world: World,
  watched: ReadonlySet<string>,
  tell: (told: Told) => void,
): World {
  const { events } = world;
  const create = (async (runId, data, params) => {
    if (runId !== null && data.eventType === 'run_started' && watched.has(runId)) {
      tell({ runId, kind: 'tick', text: 'reads the log' });
    }
    return events.create(runId as string, data, params);
  }) as World['events']['create'];
  const createBatch: World['events']['createBatch'] = async (runId, requests, params) => {
    const result = await events.createBatch(runId, requests, params);
    if (watched.has(runId)) {
      const types = requests.map(({ eventType }) => eventType).join(', ');
      tell({ runId, kind: 'commit', text: `${types}, on ${params?.lastKnownEventId}` });
    }
    return result;
  };
  return { ...world, events: { ...events, create, createBatch } };
}
