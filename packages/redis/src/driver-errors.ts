import { type ErrorCode, WorldError, worldError } from '@world/contract';

/** What ioredis and the server report, as the contract's codes. */

/**
 * Whether the same call may be made again: `refused`, the server has not done it and may soon; `moved`, another server may, so
 * connect again; `lost`, nobody knows whether it was done; `no`, a person has to act first.
 */
export type Repetition = 'refused' | 'moved' | 'lost' | 'no';

interface Row {
  readonly driver: RegExp;
  readonly code: ErrorCode;
  readonly repetition: Repetition;
  readonly advice: string;
}

const row = (driver: RegExp, code: ErrorCode, repetition: Repetition, advice: string): Row => ({
  driver,
  code,
  repetition,
  advice,
});

/** The first that matches counts. Server errors begin with a word in capitals: https://redis.io/docs/latest/develop/reference/errors */
const DRIVER_ERRORS: readonly Row[] = [
  row(
    /^(WRONGPASS|NOAUTH|ERR invalid password)/,
    'STORE_INCOMPATIBLE',
    'no',
    'the server refuses the user or password; correct them in the URL',
  ),
  row(
    /^NOPERM/,
    'STORE_INCOMPATIBLE',
    'no',
    'the user may not run a command that is needed; give it more rights (ACL SETUSER)',
  ),
  row(
    /^(OOM|-?ERR.*OOM)/,
    'STORE_UNAVAILABLE',
    'no',
    'the server is out of memory and nothing was written; raise maxmemory, or prune ended runs',
  ),
  row(
    /^READONLY/,
    'STORE_UNAVAILABLE',
    'moved',
    'the server is a read-only replica; connect to the primary',
  ),
  row(/^LOADING/, 'STORE_UNAVAILABLE', 'refused', 'the server is still loading its data'),
  row(
    /^(CLUSTERDOWN|TRYAGAIN|MASTERDOWN|NOREPLICAS)|^Too many Cluster redirections/,
    'STORE_UNAVAILABLE',
    'moved',
    'the cluster has no working primary for this run at the moment',
  ),
  row(/^BUSY/, 'STORE_UNAVAILABLE', 'refused', 'another script keeps the server busy'),
  row(
    /^MISCONF/,
    'STORE_UNAVAILABLE',
    'no',
    'the server cannot write to its disk and takes no writes; check its disk and log',
  ),
  row(
    /CROSSSLOT|do not hash to the same slot|^MOVED/,
    'STORE_INCOMPATIBLE',
    'no',
    'the server is a cluster; use redis+cluster://',
  ),
  row(
    /cluster support disabled/,
    'STORE_INCOMPATIBLE',
    'no',
    'the server is no cluster; use redis://',
  ),
  row(
    /^WRONGTYPE/,
    'STORE_INCOMPATIBLE',
    'no',
    'keys of this namespace belong to another application; choose another namespace',
  ),
  row(
    /^ERR (invalid DB index|DB index is out of range|SELECT is not allowed)/,
    'STORE_INCOMPATIBLE',
    'no',
    'the server has no database of this number',
  ),
  row(
    /^ERR unknown command/,
    'STORE_INCOMPATIBLE',
    'no',
    'the server does not know a command that is needed; it must be Redis 6.2 or later',
  ),
  row(
    /^Protocol error|^Unknown RESP type|wrong version number|SSL routines|^ERR_(SSL|TLS)|CERT/i,
    'STORE_INCOMPATIBLE',
    'no',
    'what answers there does not speak as expected; check the port, and redis:// against rediss://',
  ),
  row(
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|enableOfflineQueue|Failed to refresh slots cache|None of startup nodes/,
    'STORE_UNAVAILABLE',
    'moved',
    'no server answers; start it, or check host and port',
  ),
  row(
    /^connect ETIMEDOUT/,
    'STORE_UNAVAILABLE',
    'moved',
    'no server answers in time; check host and port, and redis:// against rediss://',
  ),
  row(
    /Connection is closed|timed out|ETIMEDOUT|ECONNRESET|EPIPE|Command aborted|Cluster is ended|Socket closed/,
    'STORE_UNAVAILABLE',
    'lost',
    'the connection was lost before the answer came',
  ),
];

/** The message that a row is looked up by: that of the innermost error, which knows the reason. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { lastNodeError } = error as { lastNodeError?: unknown };
  // A node that cannot be reached is only said to be closed.
  const knows =
    lastNodeError instanceof Error && !/is closed|^timeout$/.test(lastNodeError.message);
  const inner = knows ? lastNodeError : error;
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : '';
  return inner.message === '' || inner.message.includes(code)
    ? inner.message || code
    : `${code} ${inner.message}`;
}

function rowOf(error: unknown): Row | undefined {
  const reason = reasonOf(error);
  // Before Redis 7: "ERR Error running script …: @user_script:12: @user_script: 12: -OOM command not allowed …".
  const inScript = /(?:@user_script:\s*\d+:\s*)+-?(.*)$/s.exec(reason ?? '')?.[1];
  return DRIVER_ERRORS.find(
    ({ driver }) =>
      (inScript !== undefined && driver.test(inScript)) || driver.test(reason ?? 'no error'),
  );
}

/** Whether a failed call may be made again. */
export function repetitionOf(error: unknown): Repetition {
  // A server that was found to be a replica may be the primary again soon.
  if (WorldError.is(error)) return error.code === 'STORE_UNAVAILABLE' ? 'moved' : 'no';
  return rowOf(error)?.repetition ?? 'no';
}

/** Arguments of commands are passwords and payloads: nothing for logs. */
function forgetArguments(error: unknown): void {
  if (!(error instanceof Error)) return;
  Reflect.deleteProperty(error, 'command');
  if ('lastNodeError' in error) forgetArguments(error.lastNodeError);
}

/** The error that callers see; anything that is not of the driver stays as it is. */
export function mapDriverError(error: unknown, label: string): unknown {
  if (WorldError.is(error)) return error;
  forgetArguments(error);
  const found = rowOf(error);
  if (found === undefined) return error;
  const driverCode = reasonOf(error)?.split('\n')[0];
  return worldError(found.code, `${label}: ${found.advice} (${driverCode})`, {
    details: { address: label, driverCode },
    cause: error,
  });
}
