import { ulid } from 'ulid';

/** Run ids: `wrun_` + ULID. A client's id must be well formed; its age is not checked, so that runs can be copied. */
const RUN_ID = /^wrun_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isRunId(value: unknown): value is string {
  return typeof value === 'string' && RUN_ID.test(value);
}

export function createRunId(): string {
  return `wrun_${ulid()}`;
}
