/** Why the demo could not begin; the message says in one line what to do. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
