import { parseArgument } from '../parse.js';
import { type MessageId, type QueueHandler, QueueNameSchema } from '../queue.js';
import { type ReceivedDelivery, type RefusedDelivery, readDelivery } from './delivery-request.js';
import type { SecretKeeper } from './secret-keeper.js';

/**
 * The app's end of deliveries: checks a request, hands the message on, and answers what the handler says. Nothing is read
 * from the store before the first delivery comes.
 * @throws INVALID_ARGUMENT for a prefix that no queue has.
 */
export function createQueueHandler(
  prefix: unknown,
  handler: QueueHandler,
  keeper: () => SecretKeeper,
): (request: Request) => Promise<Response> {
  const start = parseArgument(QueueNameSchema, prefix, 'queueNamePrefix');
  return async (request) => {
    const delivery = await received(request, keeper());
    if ('problem' in delivery) return answer(delivery.status, { error: delivery.problem });
    const { message, queueName, attempt } = delivery;
    if (!queueName.startsWith(start)) {
      return answer(400, { error: `this endpoint takes messages of ${start}* only` });
    }
    const messageId = delivery.messageId as MessageId;
    try {
      const result = await handler(message, { attempt, queueName, messageId });
      const timeoutSeconds = result?.timeoutSeconds;
      return answer(200, timeoutSeconds === undefined ? { ok: true } : { timeoutSeconds });
    } catch (error) {
      return answer(500, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** A store that does not answer is no fault of the message: the app takes none for now. */
async function received(
  request: Request,
  keeper: SecretKeeper,
): Promise<ReceivedDelivery | RefusedDelivery> {
  try {
    return await readDelivery(request, keeper, Date.now());
  } catch (error) {
    return { status: 503, problem: error instanceof Error ? error.message : String(error) };
  }
}

const answer = (status: number, body: object): Response => Response.json(body, { status });
