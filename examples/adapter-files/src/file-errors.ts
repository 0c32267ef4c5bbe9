import { WorldError, worldError } from '@world/contract';

/** Of these a person has to find the cause; all others may pass: a full disk, too many open files. */
const LASTING = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ERR_FS_FILE_TOO_LARGE'];

/** Calls something that uses files. @throws STORE_INCOMPATIBLE and STORE_UNAVAILABLE for what it throws. */
export function mapped<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    if (WorldError.is(cause)) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const isLasting = LASTING.includes(code);
    throw worldError(isLasting ? 'STORE_INCOMPATIBLE' : 'STORE_UNAVAILABLE', message, { cause });
  }
}
