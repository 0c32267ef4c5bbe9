import { type World, WorldError } from '@world/contract';
import { CliError } from '../cli-error.js';
import { opening } from '../worlds/open-world.js';
import type { SuiteTarget } from './suite-target.js';

const PROBE_TIMEOUT_MS = 30_000;

/**
 * Opens the world and reads once, so that a suite whose every test would fail for one reason does not run.
 * Whatever else is wrong with the world, the tests tell.
 * @throws CliError or WorldError that says why no test can run; the signal's reason.
 */
export async function probe(target: SuiteTarget, signal: AbortSignal): Promise<void> {
  const namespace = `conformance-probe-${Date.now().toString(36)}`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  // A timeout signal alone does not keep the process running.
  const keepAlive = setInterval(() => {}, PROBE_TIMEOUT_MS);
  try {
    await Promise.race([openAndRead(target, namespace), aborted(limit)]);
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted
      ? new CliError(
          `${target.name} did not answer within ${PROBE_TIMEOUT_MS / 1000} s; check what it waits for`,
        )
      : error;
  } finally {
    clearInterval(keepAlive);
  }
}

async function openAndRead(target: SuiteTarget, namespace: string): Promise<void> {
  const world = await opening(target.name, target.create({ namespace }));
  try {
    await readOnce(world);
  } finally {
    await world.close().catch(() => {});
    await target.destroy({ namespace });
  }
}

async function readOnce(world: World): Promise<void> {
  try {
    await world.runs.list({ pagination: { limit: 1 } });
  } catch (error) {
    if (WorldError.is(error, 'STORE_UNAVAILABLE')) throw error;
    if (WorldError.is(error, 'STORE_INCOMPATIBLE')) throw error;
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
