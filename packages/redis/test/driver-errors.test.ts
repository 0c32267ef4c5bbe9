import { inspect } from 'node:util';
import { ERRORS, worldError } from '@world/contract';
import { describe, expect, test } from 'vitest';
import { mapDriverError, repetitionOf } from '../src/driver-errors.js';

const LABEL = '127.0.0.1:6379';

/** An error of the driver: of the server as it words it, or of the network with a code. */
const driverError = (message: string, facts: object = {}): Error =>
  Object.assign(new Error(message), facts);

const connectError = (code: string): Error =>
  driverError(`connect ${code} ${LABEL}`, { code, syscall: 'connect' });

const inScript = (message: string): Error =>
  driverError(`${message} script: 4f2a, on @user_script:7.`);

/** As servers before Redis 7 word it: errors of a command, and of what is checked before it runs. */
const inOldScript = (message: string): Error =>
  driverError(`ERR Error running script (call to f_4f2a): @user_script:7: ${message} `);

const beforeOldScript = (message: string): Error => inOldScript(`@user_script: 7: -${message}`);

const WRONGTYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const READONLY = "READONLY You can't write against a read only replica.";

const CASES = [
  [
    driverError('WRONGPASS invalid username-password pair or user is disabled.'),
    'INCOMPATIBLE',
    'no',
  ],
  [driverError('NOAUTH Authentication required.'), 'INCOMPATIBLE', 'no'],
  [driverError('ERR invalid password'), 'INCOMPATIBLE', 'no'],
  [
    driverError("NOPERM this user has no permissions to run the 'eval' command"),
    'INCOMPATIBLE',
    'no',
  ],
  [driverError(OOM), 'UNAVAILABLE', 'no'],
  [inScript(OOM), 'UNAVAILABLE', 'no'],
  [beforeOldScript(OOM), 'UNAVAILABLE', 'no'],
  [driverError(READONLY), 'UNAVAILABLE', 'moved'],
  [inScript(READONLY), 'UNAVAILABLE', 'moved'],
  [beforeOldScript(READONLY), 'UNAVAILABLE', 'moved'],
  [driverError('LOADING Redis is loading the dataset in memory'), 'UNAVAILABLE', 'refused'],
  [driverError('CLUSTERDOWN The cluster is down'), 'UNAVAILABLE', 'moved'],
  [driverError('CLUSTERDOWN Hash slot not served'), 'UNAVAILABLE', 'moved'],
  [driverError('TRYAGAIN Multiple keys request during rehashing of slot'), 'UNAVAILABLE', 'moved'],
  [
    driverError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
    'UNAVAILABLE',
    'moved',
  ],
  [driverError('NOREPLICAS Not enough good replicas to write.'), 'UNAVAILABLE', 'moved'],
  [
    driverError('Too many Cluster redirections. Last error: ReplyError: MOVED 1 x:1'),
    'UNAVAILABLE',
    'moved',
  ],
  [
    driverError('BUSY Redis is busy running a script. You can only call SCRIPT KILL.'),
    'UNAVAILABLE',
    'refused',
  ],
  [
    driverError('MISCONF Errors writing to the AOF file: No space left on device'),
    'UNAVAILABLE',
    'no',
  ],
  [driverError("CROSSSLOT Keys in request don't hash to the same slot"), 'INCOMPATIBLE', 'no'],
  [
    inScript('ERR Script attempted to access keys that do not hash to the same slot'),
    'INCOMPATIBLE',
    'no',
  ],
  [driverError('MOVED 3999 127.0.0.1:6381'), 'INCOMPATIBLE', 'no'],
  [driverError('ERR This instance has cluster support disabled'), 'INCOMPATIBLE', 'no'],
  [driverError(WRONGTYPE), 'INCOMPATIBLE', 'no'],
  [inScript(WRONGTYPE), 'INCOMPATIBLE', 'no'],
  [inOldScript(WRONGTYPE), 'INCOMPATIBLE', 'no'],
  [driverError('ERR DB index is out of range'), 'INCOMPATIBLE', 'no'],
  [driverError('ERR invalid DB index'), 'INCOMPATIBLE', 'no'],
  [driverError("ERR unknown command 'EVALSHA', with args beginning with: "), 'INCOMPATIBLE', 'no'],
  [driverError('Unknown RESP type 72 "H". Please report this.'), 'INCOMPATIBLE', 'no'],
  [driverError('Protocol error, got "H" as reply type byte'), 'INCOMPATIBLE', 'no'],
  [
    driverError('error:0A00010B:SSL routines::wrong version number', {
      code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    }),
    'INCOMPATIBLE',
    'no',
  ],
  [
    driverError('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    'INCOMPATIBLE',
    'no',
  ],
  [
    driverError("Hostname/IP does not match certificate's altnames", {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    }),
    'INCOMPATIBLE',
    'no',
  ],
  [connectError('ECONNREFUSED'), 'UNAVAILABLE', 'moved'],
  [connectError('EHOSTUNREACH'), 'UNAVAILABLE', 'moved'],
  [connectError('ENETUNREACH'), 'UNAVAILABLE', 'moved'],
  [
    driverError('getaddrinfo ENOTFOUND redis.invalid', { code: 'ENOTFOUND' }),
    'UNAVAILABLE',
    'moved',
  ],
  [driverError('getaddrinfo EAI_AGAIN redis', { code: 'EAI_AGAIN' }), 'UNAVAILABLE', 'moved'],
  [
    driverError("Stream isn't writeable and enableOfflineQueue options is false"),
    'UNAVAILABLE',
    'moved',
  ],
  [driverError('None of startup nodes is available'), 'UNAVAILABLE', 'moved'],
  [connectError('ETIMEDOUT'), 'UNAVAILABLE', 'moved'],
  [driverError('connect ETIMEDOUT', { code: 'ETIMEDOUT' }), 'UNAVAILABLE', 'moved'],
  [driverError('read ETIMEDOUT', { code: 'ETIMEDOUT' }), 'UNAVAILABLE', 'lost'],
  [driverError('read ECONNRESET', { code: 'ECONNRESET' }), 'UNAVAILABLE', 'lost'],
  [driverError('write EPIPE', { code: 'EPIPE' }), 'UNAVAILABLE', 'lost'],
  [driverError('', { code: 'ECONNRESET' }), 'UNAVAILABLE', 'lost'],
  [driverError('Connection is closed.'), 'UNAVAILABLE', 'lost'],
  [driverError('Command timed out'), 'UNAVAILABLE', 'lost'],
  [driverError('Command aborted due to connection close'), 'UNAVAILABLE', 'lost'],
] as const;

describe('errors of the driver', () => {
  test.each(CASES)(
    '%s is STORE_%s, in one line that says what to do',
    (cause, kind, repetition) => {
      const code = `STORE_${kind}` as const;
      const error = mapDriverError(cause, LABEL);
      expect(error).toMatchObject({
        code,
        status: ERRORS[code].status,
        cause,
        details: { address: LABEL, driverCode: expect.stringMatching(/^.+$/) },
        message: expect.stringMatching(/^127\.0\.0\.1:6379: [^\n]+ \([^\n]+\)$/),
      });
      expect(repetitionOf(cause)).toBe(repetition);
    },
  );

  test('of a cluster that fails, the error of its last node is told', () => {
    const refresh = (lastNodeError: Error) =>
      driverError('Failed to refresh slots cache.', { lastNodeError });
    for (const reason of [connectError('ECONNREFUSED'), driverError('Connection is closed.')]) {
      const unreachable = refresh(reason);
      expect(mapDriverError(unreachable, LABEL)).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('no server answers; start it'),
      });
      expect(repetitionOf(unreachable)).toBe('moved');
    }
    const single = refresh(driverError('ERR This instance has cluster support disabled'));
    expect(mapDriverError(single, LABEL)).toMatchObject({
      code: 'STORE_INCOMPATIBLE',
      message: expect.stringContaining('use redis://'),
    });
    expect(repetitionOf(single)).toBe('no');
  });

  test('arguments of commands, which may be secret, do not come along', () => {
    const withCommand = (message: string) =>
      driverError(message, { command: { name: 'auth', args: ['secret'] } });
    const wrongPassword = withCommand('WRONGPASS invalid username-password pair');
    const ofNode = driverError('Failed to refresh slots cache.', { lastNodeError: wrongPassword });
    for (const cause of [wrongPassword, ofNode, withCommand('ERR something else')]) {
      expect(inspect(mapDriverError(cause, LABEL), { depth: 10 })).not.toContain('secret');
    }
  });

  test('only the first line of a long error is told', () => {
    const cause = driverError('MISCONF Errors writing to the AOF file\nat line 7');
    expect(mapDriverError(cause, LABEL)).toMatchObject({
      message: expect.stringMatching(/^[^\n]+$/),
      details: { driverCode: 'MISCONF Errors writing to the AOF file' },
    });
  });

  test('errors of the contract, and bugs, stay what they are and are not repeated', () => {
    const ours = worldError('STORE_INCOMPATIBLE', 'x');
    // A server that was found to be a replica may be the primary soon.
    expect(repetitionOf(worldError('STORE_UNAVAILABLE', 'x'))).toBe('moved');
    const bug = new TypeError('x is not a function');
    const script = driverError('ERR user_script:12: attempt to index a nil value script: 4f2a');
    for (const error of [ours, bug, script, 'text', undefined]) {
      expect(mapDriverError(error, 'x')).toBe(error);
      expect(repetitionOf(error)).toBe('no');
    }
  });
});
