import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Append, type Outcome, type TokenOwner, worldError } from '@world/contract';
import type { Connection } from './connection.js';
import { holderMember } from './index-members.js';
import type { IndexPages } from './index-pages.js';
import type { Keys } from './keys.js';
import { pack } from './message-pack.js';
import { decodeAppendReply } from './reply.js';
import { type Claimed, changesIndex, encodeAppend, type Owner, tokensClaimed } from './request.js';

/** How long an append may take between its claims and its commit, ms; longer, and its claims may be taken over. */
export const LEASE_MS = 5000;

/** Makes no lease void: leases of others on the run may end with this one. */
const NO_DEADLINE = 0;

/** How long to wait before looking again at a claim whose append may still come. */
const CLAIM_RETRY_MS = 10;

const leaseLapsed = () =>
  worldError(
    'STORE_UNAVAILABLE',
    `nothing was written: a lease of ${LEASE_MS} ms was over before the commit, again and again; the nodes are too slow, or their clocks differ`,
  );

/** See `lua/lib/holders.lua`. */
const HOLDER_MEMBER_OFFSET = 16;
const CLAIM_RUN_OFFSET = 32;

/** What stands against a claim. */
type OtherClaim = readonly [
  token: Buffer,
  runId: Buffer,
  nonce: Buffer,
  isPending: number,
  isOver: number,
  deadline: number,
];

/**
 * Executes appends: one script call each. Where what spans runs is on another server than the run, an append that changes it is
 * announced there before, with the tokens that it claims, and the changes are applied there after.
 */
export class Appends {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #pages: IndexPages;
  readonly #isSpread: boolean;
  readonly #timeoutMs: number;

  constructor(parts: {
    readonly connection: Connection;
    readonly keys: Keys;
    readonly pages: IndexPages;
    /** Runs and the index may be on different servers. */
    readonly isSpread: boolean;
    /** How long an append is claimed for anew when its leases lapse, ms. */
    readonly timeoutMs: number;
  }) {
    this.#connection = parts.connection;
    this.#keys = parts.keys;
    this.#pages = parts.pages;
    this.#isSpread = parts.isSpread;
    this.#timeoutMs = parts.timeoutMs;
  }

  /** An append with an idempotency key is safe to repeat; without one it is sent once. */
  async append(append: Append): Promise<Outcome> {
    const repeatable = append.idempotencyKey !== undefined;
    if (this.#isSpread && changesIndex(append)) return this.#appendSpread(append, repeatable);
    const reply = await this.#execute(append, repeatable, undefined);
    if (reply === 'lapsed') throw new Error('a lease lapsed that nobody has taken');
    return reply.outcome;
  }

  #execute(append: Append, repeatable: boolean, claimed: Claimed | undefined) {
    return this.#connection.call(async (session) => {
      await this.#connection.mark(session);
      const { keys, args } = encodeAppend(append, this.#keys, session.publishCommand, claimed);
      return decodeAppendReply(await session.run('append', keys, args), append);
    }, repeatable);
  }

  async #appendSpread(append: Append, repeatable: boolean): Promise<Outcome> {
    const deadlineMs = performance.now() + this.#timeoutMs;
    for (;;) {
      const claimed = await this.#claim(append);
      const { nonce, tokens } = claimed.lease;
      const reply = await this.#execute(append, repeatable, claimed);
      if (reply === 'lapsed' || reply.outcome.kind === 'replayed') {
        // It may have been this very call that has committed, and lost its answer: the run's slot tells what it holds.
        await this.#pages.finish(nonce, [append.runId, NO_DEADLINE, tokens]);
        if (reply !== 'lapsed') return reply.outcome;
        if (performance.now() > deadlineMs) throw leaseLapsed();
        await sleep(CLAIM_RETRY_MS);
        continue;
      }
      const { changes, claimed: used } = reply.leftover;
      const unused = tokens.filter((token) => !used.includes(token));
      // It is committed: what fails here is done by whoever reads the index once the lease is over.
      await this.#pages.change(nonce, changes, unused).catch(() => {});
      return reply.outcome;
    }
  }

  /** Announces an append, and claims its tokens: each is leased to it then, or known to be another's. */
  async #claim({ runId, commands, ...append }: Append): Promise<Claimed> {
    const nonce = randomBytes(12).toString('base64');
    const owners = new Map<string, Owner>();
    const expected = new Map<string, string>();
    const all = tokensClaimed({ runId, commands, ...append });
    for (;;) {
      const tokens = all.filter((token) => !owners.has(token));
      const request = { runId, nonce, leaseMs: LEASE_MS, tokens, expected: [...expected] };
      const [deadline, others] = (await this.#connection.call(async (session) => {
        await this.#connection.mark(session);
        const { claims, intents } = this.#keys;
        return session.run('claim', [claims, intents], [pack(request)]);
      })) as readonly [number, readonly OtherClaim[]];
      if (others.length === 0) return { lease: { nonce, deadline, tokens }, owners };
      let pending = false;
      for (const other of others) {
        const found = await this.#examine(other);
        const token = String(other[0]);
        if (found === 'pending') pending = true;
        else if (found === 'free') expected.set(token, String(other[2]));
        else owners.set(token, found);
      }
      if (pending) await sleep(CLAIM_RETRY_MS);
    }
  }

  /** Asks the run that a claim names. Until its lease is over, an append that was announced may still come. */
  async #examine(other: OtherClaim): Promise<Owner | 'pending' | 'free'> {
    const [token, run, , isPending, isOver, deadline] = other;
    const runId = String(run);
    const { tokens, void: voided } = this.#keys.ofRun(runId);
    const id = await this.#connection.call((session) =>
      session.run('holder', [tokens, voided], [token, isOver === 1 ? deadline : '']),
    );
    if (id !== null) return [runId, String(id)];
    return isPending === 1 && isOver === 0 ? 'pending' : 'free';
  }

  /** The live owner of a token, by the slot of the run that has claimed it. */
  async tokenOwner(token: string): Promise<TokenOwner | undefined> {
    const claim = await this.#connection.call(({ client }) =>
      client.hget(this.#keys.claims, token),
    );
    if (claim === null) return undefined;
    const runId = claim.slice(CLAIM_RUN_OFFSET);
    const { tokens } = this.#keys.ofRun(runId);
    const holder = await this.#connection.call(({ client }) => client.hget(tokens, token));
    if (holder === null) return undefined;
    return { runId, hookId: holderMember(holder.slice(HOLDER_MEMBER_OFFSET)).id };
  }
}
