import type { Event, PaginatedResponse, PaginationOptions, World } from '@world/contract';
import { CliError } from '../cli-error.js';

/** Large payloads are read page by page, so pages are small. */
export const COPY_PAGE_SIZE = 250;

/** All pages of a list. */
export async function* readPages<T>(
  list: (pagination: PaginationOptions) => Promise<PaginatedResponse<T>>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  for (;;) {
    const page = await list({ cursor, limit: COPY_PAGE_SIZE, sortOrder: 'asc' });
    yield page.data;
    if (!page.hasMore) return;
    if (page.cursor === null || page.cursor === cursor) {
      throw new CliError('a list has more pages, but does not say where; this world is broken');
    }
    cursor = page.cursor;
  }
}

/** All items of a list. */
export async function readAll<T>(
  list: (pagination: PaginationOptions) => Promise<PaginatedResponse<T>>,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of readPages(list)) items.push(...page);
  return items;
}

/** The log of a run, in pages. */
export const readLogPages = (world: World, runId: string): AsyncGenerator<Event[]> =>
  readPages((pagination) => world.events.list({ runId, pagination }));

/** The log of a run, event by event. */
export async function* readLog(world: World, runId: string): AsyncGenerator<Event> {
  for await (const page of readLogPages(world, runId)) yield* page;
}
