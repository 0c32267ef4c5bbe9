import {
  type Append,
  type Command,
  type Condition,
  eventIdTime,
  lowestEventIdAt,
  type Otherwise,
  PAYLOAD_FIELDS,
  type Patch,
  type Rule,
} from '@world/contract';
import type { Keys, RunKeys } from './keys.js';
import { pack } from './message-pack.js';
import { storedScalar } from './records.js';

/**
 * An append as `lua/append.lua` takes it: arrays, since names cost the server more than what they name. Both sides list the
 * positions in one order; 0 and false stand for what is absent.
 */

/** A lease on what an append is about to claim outside of its run's slot. */
export interface Lease {
  readonly nonce: string;
  /** Epoch ms by the clock of the index's server. */
  readonly deadline: number;
  readonly tokens: readonly string[];
}

/** Who owns a token: run id, entity id. */
export type Owner = readonly [runId: string, id: string];

/** What an append needs to know of claims on a cluster, where the script cannot see them. */
export interface Claimed {
  readonly lease: Lease;
  readonly owners: ReadonlyMap<string, Owner>;
}

export interface AppendCall {
  readonly keys: readonly string[];
  readonly args: readonly Buffer[];
}

/** Tokens that an append claims, each once. */
export const tokensClaimed = ({ commands }: Append): readonly string[] => [
  ...new Set(commands.flatMap(({ claims }) => (claims === undefined ? [] : [claims]))),
];

/** Whether an append may change what spans runs: lists of runs, claims, holders of tokens. */
export const changesIndex = ({ commands }: Append): boolean =>
  commands.some(
    ({ entity, claims, releasesToken }) =>
      entity === undefined || claims !== undefined || releasesToken,
  );

const touchesTokens = ({ claims, releasesToken, endsRun }: Command): boolean =>
  claims !== undefined || releasesToken || endsRun;

/** Values, each once, and their positions as Lua counts them. */
class Positions<T> {
  readonly values: T[] = [];
  readonly #known = new Map<T, number>();

  add(value: T): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const position = this.values.push(value);
    this.#known.set(value, position);
    return position;
  }
}

/** Where an append's keys and arguments go. */
interface Lists {
  readonly ofRun: RunKeys;
  readonly keys: Positions<string>;
  readonly args: Positions<Buffer>;
}

const encodeCondition = ({ of, is, statuses, field }: Condition) => [
  of,
  is,
  // Lua looks a status up with its commas.
  statuses === undefined ? (field ?? '') : `,${statuses.join(',')},`,
];

const encodeOtherwise = (otherwise: Otherwise) => {
  if ('refuse' in otherwise) return ['refuse', otherwise.refuse];
  return 'keep' in otherwise ? ['keep', otherwise.eventField ?? ''] : ['append', otherwise.append];
};

/** The rules of a row are one object, and encoded once. */
const encodedRules = new WeakMap<readonly Rule[], Buffer>();

function encodeRules(rules: readonly Rule[]): Buffer {
  const known = encodedRules.get(rules);
  if (known !== undefined) return known;
  const encoded = pack(
    rules.map(({ when, otherwise }) => [
      ...encodeOtherwise(otherwise),
      ...when.flatMap(encodeCondition),
    ]),
  );
  encodedRules.set(rules, encoded);
  return encoded;
}

/** Triples of operation, field and value, in the order in which they are applied. */
function encodePatch({ set, stamp, stampOnce, mark, increment, unset }: Patch) {
  const triples: (string | number | boolean)[] = [];
  for (const field in set) triples.push('set', field, storedScalar(set[field] ?? ''));
  for (const field of stamp) triples.push('stamp', field, 0);
  for (const field of stampOnce) triples.push('stampOnce', field, 0);
  for (const field of mark) triples.push('mark', field, 0);
  for (const field of increment) triples.push('increment', field, 0);
  for (const field of unset) triples.push('unset', field, 0);
  return triples;
}

function encodeCommand(command: Command, lists: Lists): readonly unknown[] {
  const { correlationId, entity, data, patch, claims, instead, first } = command;
  const creates = entity !== undefined && patch?.mark.includes('createdSeq');
  return [
    command.eventType,
    correlationId ?? false,
    entity?.kind ?? false,
    data === undefined ? 0 : lists.args.add(Buffer.from(data.buffer, data.byteOffset, data.length)),
    command.specVersion ?? false,
    command.occurredAt ?? false,
    command.run === 'optional',
    command.inBand,
    command.outcome,
    lists.args.add(encodeRules(command.rules)),
    patch === undefined ? false : encodePatch(patch),
    claims ?? false,
    command.releasesToken,
    command.endsRun,
    creates ? lists.keys.add(lists.ofRun.created[entity.kind]) : 0,
    instead === undefined ? false : encodeCommand(instead, lists),
    first === undefined ? false : encodeCommand(first, lists),
  ];
}

/** What most appends have none of, by name. */
function encodeOptions(append: Append, keys: Keys, here: boolean, claimed: Claimed | undefined) {
  const { fence, stateUpdatedAt, idempotencyKey, provenance, logLimit, missedLimit } = append;
  return {
    ...(fence && { missedLimit, inBand: fence.scope === 'in-band', ...encodeFence(fence) }),
    ...(stateUpdatedAt !== undefined && { stateUpdatedAt }),
    ...(idempotencyKey !== undefined && { key: idempotencyKey }),
    ...(provenance && {
      provenance: provenance.map(({ eventId, createdAt }) => [
        eventId,
        createdAt,
        eventIdTime(eventId),
      ]),
    }),
    ...(logLimit > 0 && { logLimit }),
    ...(here && { tokensOf: keys.tokensOfAnyRun }),
    ...(claimed && { lease: claimed.lease, owners: [...claimed.owners] }),
  };
}

const encodeFence = ({ lastKnownEventId, asOfTimestamp }: NonNullable<Append['fence']>) =>
  lastKnownEventId === undefined
    ? { fencedBelow: lowestEventIdAt(asOfTimestamp ?? 0) }
    : { fence: lastKnownEventId };

/**
 * The call that executes an append. With `claimed` what spans runs is on another server; without, the script changes it in
 * the same commit.
 */
export function encodeAppend(
  append: Append,
  keys: Keys,
  publishCommand: string,
  claimed: Claimed | undefined,
): AppendCall {
  const { runId, commands } = append;
  const lists: Lists = { ofRun: keys.ofRun(runId), keys: new Positions(), args: new Positions() };
  lists.keys.add(lists.ofRun.run);
  lists.keys.add(lists.ofRun.log);
  // Its place is the first; what stands there is known last.
  lists.args.add(Buffer.of());
  const here = claimed === undefined && changesIndex(append);
  const request = [
    runId,
    commands.map((command) => encodeCommand(command, lists)),
    append.entropy,
    append.payloads ? PAYLOAD_FIELDS : [],
    publishCommand,
    commands.some(touchesTokens) ? lists.keys.add(lists.ofRun.tokens) : 0,
    claimed ? lists.keys.add(lists.ofRun.void) : 0,
    here ? lists.keys.add(keys.index) : 0,
    here ? lists.keys.add(keys.claims) : 0,
    encodeOptions(append, keys, here, claimed),
  ];
  return { keys: lists.keys.values, args: [pack(request), ...lists.args.values.slice(1)] };
}
