type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the process; there are none in browsers and on the edge. */
export const environment = (): Environment =>
  (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
