import {
  type Append,
  type Command,
  eventIdTime,
  lowestEventIdAt,
  PAYLOAD_FIELDS,
} from '@world/contract';
import type { Keys, RunKeys } from './keys.js';
import { encodeRequest, storedScalar } from './records.js';

/** An append as `lua/append.lua` takes it. */

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

/** Collects keys, and tells their positions as Lua counts them. */
class KeyList {
  readonly names: string[] = [];
  add(name: string): number {
    const known = this.names.indexOf(name);
    return known < 0 ? this.names.push(name) : known + 1;
  }
}

/** Collects arguments behind the request, which is the first. */
class DataList {
  readonly all: Buffer[] = [];
  add(data: Uint8Array): number {
    return this.all.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength)) + 1;
  }
}

function encodeCommand(command: Command, data: DataList): object {
  const { eventType, correlationId, specVersion, occurredAt, entity, patch } = command;
  return {
    eventType,
    correlationId,
    specVersion,
    occurredAt,
    kind: entity?.kind,
    data: command.data && data.add(command.data),
    run: command.run,
    inBand: command.inBand,
    outcome: command.outcome,
    rules: command.rules,
    patch: patch && {
      ...patch,
      set: Object.fromEntries(
        Object.entries(patch.set).map(([field, value]) => [field, storedScalar(value)]),
      ),
    },
    claims: command.claims,
    releasesToken: command.releasesToken,
    endsRun: command.endsRun,
    instead: command.instead && encodeCommand(command.instead, data),
    first: command.first && encodeCommand(command.first, data),
  };
}

function keyPositions(append: Append, ofRun: RunKeys, list: KeyList): object {
  const { commands } = append;
  const created = commands.flatMap(({ entity, patch }) =>
    entity !== undefined && patch?.mark.includes('createdSeq') ? [entity.kind] : [],
  );
  return {
    tokens: commands.some(touchesTokens) ? list.add(ofRun.tokens) : undefined,
    created: Object.fromEntries(created.map((kind) => [kind, list.add(ofRun.created[kind])])),
  };
}

const encodeFence = ({ fence }: Append): object | undefined =>
  fence && {
    id: fence.lastKnownEventId,
    below:
      fence.lastKnownEventId === undefined ? lowestEventIdAt(fence.asOfTimestamp ?? 0) : undefined,
    inBand: fence.scope === 'in-band',
  };

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
  const { runId } = append;
  const ofRun = keys.ofRun(runId);
  const list = new KeyList();
  list.add(ofRun.run);
  list.add(ofRun.log);
  const inSlot = keyPositions(append, ofRun, list);
  const here = claimed === undefined && changesIndex(append);
  const data = new DataList();
  const request = {
    runId,
    keys: {
      ...inSlot,
      void: claimed && list.add(ofRun.void),
      index: here ? list.add(keys.index) : undefined,
      claims: here ? list.add(keys.claims) : undefined,
    },
    commands: append.commands.map((command) => encodeCommand(command, data)),
    fence: encodeFence(append),
    stateUpdatedAt: append.stateUpdatedAt,
    key: append.idempotencyKey,
    entropy: append.entropy,
    provenance: append.provenance?.map(({ eventId, createdAt }) => [
      eventId,
      createdAt,
      eventIdTime(eventId),
    ]),
    payloads: append.payloads ? PAYLOAD_FIELDS : [],
    logLimit: append.logLimit,
    missedLimit: append.missedLimit,
    publish: [publishCommand, keys.channelOf(runId)],
    lease: claimed?.lease,
    owners: claimed && [...claimed.owners],
    tokensOf: here ? keys.tokensOfAnyRun : undefined,
  };
  return { keys: list.names, args: [encodeRequest(request), ...data.all] };
}
