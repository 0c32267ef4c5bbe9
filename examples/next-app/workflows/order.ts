import { createHook, getStepMetadata, getWritable, RetryableError, sleep } from 'workflow';

export interface Order {
  readonly id: string;
  readonly item: string;
  readonly euros: number;
}

export interface Approval {
  readonly approved: boolean;
}

export interface Outcome {
  readonly status: 'shipped' | 'declined';
  readonly receipt?: string;
}

const APPROVAL_FROM_EUROS = 100;

/** The hook that decides about an order has this token. */
export const approvalToken = (orderId: string): string => `approval-${orderId}`;

/** From the order to the parcel. What it says on the way is the run's stream. */
export async function processOrder(order: Order): Promise<Outcome> {
  'use workflow';
  await say(`reserved ${order.item}`);
  if (order.euros >= APPROVAL_FROM_EUROS && !(await isApproved(order))) {
    await say('declined', 'last');
    return { status: 'declined' };
  }
  const receipt = await charge(order);
  await say(`charged ${order.euros} euros: ${receipt}`);
  // The parcel is picked up later. Nothing runs meanwhile, and a restart does no harm.
  await sleep('3s');
  await say('shipped', 'last');
  return { status: 'shipped', receipt };
}

/** Waits for somebody to decide, for a day at most. */
async function isApproved({ id, euros }: Order): Promise<boolean> {
  using decision = createHook<Approval>({ token: approvalToken(id) });
  await say(`waiting for the approval of ${euros} euros`);
  const { approved } = await Promise.race([
    decision,
    sleep('1 day').then((): Approval => ({ approved: false })),
  ]);
  return approved;
}

/** A payment that fails the first time: the SDK tries a step again. */
async function charge(order: Order): Promise<string> {
  'use step';
  if (getStepMetadata().attempt === 1) {
    throw new RetryableError('the bank is busy', { retryAfter: '1s' });
  }
  return `receipt-${order.id}`;
}

/** Writes one line into the run's stream, and closes it after the last one. */
async function say(line: string, last?: 'last'): Promise<void> {
  'use step';
  const writable = getWritable<string>();
  const writer = writable.getWriter();
  await writer.write(line);
  writer.releaseLock();
  if (last) await writable.close();
}
