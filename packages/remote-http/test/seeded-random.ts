/** Numbers from 0 to below 1, the same ones for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The seed that `HTTP_TEST_SEED` names, else a new one; printed, so that a failure can be run again. */
export function printedSeed(what: string): number {
  const seed = Number(process.env.HTTP_TEST_SEED ?? Date.now() % 2 ** 31);
  console.log(`HTTP_TEST_SEED=${seed} runs it again: ${what}`);
  return seed;
}
