import { type ErrorCode, WorldError, worldError } from '@world/contract';

/** What SQLite reports, as the contract's codes. https://sqlite.org/rescode.html */
const DRIVER_ERRORS: readonly {
  readonly driver: RegExp;
  readonly code: ErrorCode;
  readonly advice: string;
}[] = [
  {
    driver: /^SQLITE_(BUSY|LOCKED)/,
    code: 'STORE_UNAVAILABLE',
    advice: 'another process holds the file locked; try again, or raise busyTimeoutMs',
  },
  {
    driver: /^SQLITE_FULL/,
    code: 'STORE_UNAVAILABLE',
    advice: 'the disk is full; free some space',
  },
  {
    driver: /^SQLITE_NOTADB/,
    code: 'STORE_INCOMPATIBLE',
    advice: 'the file is no SQLite database; name another file',
  },
  {
    driver: /^SQLITE_CORRUPT/,
    code: 'STORE_INCOMPATIBLE',
    advice: 'the file is damaged; restore it from a backup',
  },
  {
    driver: /^SQLITE_(READONLY|PERM|AUTH)/,
    code: 'STORE_INCOMPATIBLE',
    advice: 'the file is read-only; make it writable',
  },
  {
    driver: /^SQLITE_CANTOPEN/,
    code: 'STORE_UNAVAILABLE',
    advice: 'the file cannot be opened; check that its folder exists and is writable',
  },
  {
    driver: /^SQLITE_(IOERR|NOMEM|PROTOCOL)/,
    code: 'STORE_UNAVAILABLE',
    advice: 'the disk or memory failed; check the machine, then try again',
  },
  {
    driver: /^(ERR_DLOPEN_FAILED|NO_BINDINGS)$/,
    code: 'STORE_INCOMPATIBLE',
    advice:
      'better-sqlite3 has no build for this Node.js; run: npm rebuild better-sqlite3 (or pnpm)',
  },
];

function driverCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // The loader of the driver gives no code, but all paths that it tried. https://github.com/TooTallNate/node-bindings
  return 'tries' in error ? 'NO_BINDINGS' : undefined;
}

/** Somebody else is writing: the same call may succeed in a moment. */
export const isBusy = (error: unknown): boolean =>
  driverCodeOf(error)?.startsWith('SQLITE_BUSY') ?? false;

/** The error that callers see; anything that is not of the driver stays as it is. */
export function mapDriverError(error: unknown, path: string): unknown {
  if (WorldError.is(error)) return error;
  const driverCode = driverCodeOf(error);
  const row = DRIVER_ERRORS.find(
    ({ driver }) => driverCode !== undefined && driver.test(driverCode),
  );
  if (row === undefined) return error;
  return worldError(row.code, `${path}: ${row.advice} (${driverCode})`, {
    details: { path, driverCode },
    cause: error,
  });
}
