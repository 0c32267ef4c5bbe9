/** The messages of a store: leased to workers, until one of them says that it is done. Times are epoch ms of the store's clock. */

/** Which endpoint takes a message. Workers limit each by itself. */
export type Topic = 'workflow' | 'step';

/** What the queue knows of a message; `data` is opaque to a store. */
export interface MessageHead {
  /** Stable across deliveries; ids ascend with the time of their making. */
  readonly messageId: string;
  readonly queueName: string;
  readonly topic: Topic;
  /** The run that it is about. */
  readonly runId?: string;
  /** Messages of one lane are delivered one at a time, across all processes. */
  readonly lane?: string;
  /** It says no more than "look at the run again": whichever message of its lane is delivered later says that too. */
  readonly mergeable: boolean;
  /** Held as long as the message is outstanding. */
  readonly idempotencyKey?: string;
  readonly data: Uint8Array;
}

/** A message to add. */
export interface NewMessage extends MessageHead {
  readonly delayMs: number;
  /** Add it only when nothing about its run is outstanding. */
  readonly onlyIfIdle: boolean;
}

/** Which message stands for the one that was to be added; `added` is false when that was there before. */
export interface Enqueued {
  readonly messageId: string;
  readonly added: boolean;
}

/** Who holds a message. A claim that ran out, or whose message was settled, is worth nothing. */
export interface ClaimRef {
  readonly messageId: string;
  readonly token: string;
}

/** Messages that a claim asks for at most. */
export const MAX_CLAIM = 1000;
/** Data that a claim gives at most, bytes: it has to travel before its lease ends. */
export const MAX_CLAIM_BYTES: number = 4 * 1024 * 1024;

/** A claim on messages that are due, oldest due time first. */
export interface ClaimRequest {
  readonly topic: Topic;
  readonly limit: number;
  /** How long nobody else gets them, unless the claim is extended. */
  readonly leaseMs: number;
  /** Unguessable, and the same for all messages of this call. */
  readonly token: string;
}

/** A message that is delivered for the `failures + 1`st time. */
export interface ClaimedMessage extends MessageHead {
  readonly failures: number;
}

export interface Claimed {
  readonly messages: readonly ClaimedMessage[];
  /** When the next message of the topic is due, or the next claim runs out, ms from now; 0 when there was no room for all; absent when there is none. */
  readonly nextInMs?: number;
}

/**
 * What became of a delivery. `done`: the message is gone. `later`: it is due again in that time, and one failure richer when it
 * `failed`. `dead`: it is kept, and not delivered.
 */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly delayMs: number; readonly failed: boolean }
  | { readonly kind: 'dead'; readonly reason: string };

/** Where a message stands. Dead ones are not outstanding. */
export type MessageState = 'waiting' | 'claimed' | 'dead';

/** A message as lists show it. */
export interface MessageRecord extends MessageHead {
  readonly state: MessageState;
  readonly failures: number;
  /** When it is due; for a claimed one, when its claim runs out. */
  readonly dueAt: number;
  /** Why it is dead. */
  readonly reason?: string;
}

/** Messages by id. */
export interface MessageRange {
  readonly state?: MessageState;
  readonly runId?: string;
  /** Id of the last message of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** What a store with a queue implements, each call atomically. It knows neither what messages say nor who delivers them. */
export interface MessageStore {
  /** Names the data, within this process: worlds of one place believe each other's deliveries. */
  readonly place?: string;
  /**
   * Adds a message, unless another one stands for it: of its id, the one that holds its key, any of its run where that should be
   * idle; and for a mergeable one without key and delay, a mergeable one of its lane that is due, waiting, and has never failed.
   */
  enqueue(message: NewMessage): Promise<Enqueued>;
  /**
   * Claims due messages, those whose claim ran out included, which has one failure more. Of a lane it takes one, and none while
   * another is claimed; all mergeable messages of that lane that are due, unclaimed and without failures go with it. It gives at most
   * `MAX_CLAIM_BYTES` of data, unless the first message alone has more.
   */
  claim(request: ClaimRequest): Promise<Claimed>;
  /** Extends claims; tells which of them are still good. */
  extend(claims: readonly ClaimRef[], leaseMs: number): Promise<readonly boolean[]>;
  /** Ends a claim; false, and nothing done, when it is not good any more. */
  settle(claim: ClaimRef, settlement: Settlement): Promise<boolean>;
  list(range: MessageRange): Promise<readonly MessageRecord[]>;
  /** Makes dead messages due again, as if they had never failed: one, or all. Returns how many. */
  redrive(messageId?: string): Promise<number>;
  /** A secret of the namespace, made by the first who asks: 32 random bytes. */
  secret(): Promise<Uint8Array>;
  /** Calls back, soon after, whenever a message may have become due. Returns what ends it. */
  subscribe(onDue: () => void): () => void;
}
