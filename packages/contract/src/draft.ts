/** A record that is being put together. */
export type Draft<T> = { -readonly [Field in keyof T]: T[Field] };
