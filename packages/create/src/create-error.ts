/** Why nothing was created; the message says in one line what to do. */
export class CreateError extends Error {
  override readonly name = 'CreateError';
}
