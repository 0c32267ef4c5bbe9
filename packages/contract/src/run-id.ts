import { ulid } from 'ulid';

/** Run ids: `wrun_` + ULID. A client's id must be well formed; its age is not checked, so that runs can be copied. */
const RUN_ID = /^wrun_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether a value is `wrun_` + ULID, in capitals. */
export function isRunId(value: unknown): value is string {
  return typeof value === 'string' && RUN_ID.test(value);
}

/** A new run id, of the host's clock. */
export function createRunId(): string {
  return `wrun_${ulid()}`;
}
