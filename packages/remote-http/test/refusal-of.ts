import { WorldError } from '@world/contract';

/** The error that a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<WorldError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WorldError.is(error)) throw new Error('not refused', { cause: error });
  return error;
}
