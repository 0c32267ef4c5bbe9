// A world in which each process keeps the delays that it was asked for.
import { createWorld as open } from '@world/sqlite';

export const createWorld = (options) => {
  const world = open(options);
  return {
    ...world,
    async queue(queueName, message, { delaySeconds = 0, ...rest } = {}) {
      if (delaySeconds === 0) return world.queue(queueName, message, rest);
      setTimeout(() => world.queue(queueName, message, rest), delaySeconds * 1000);
      return { messageId: `msg_${crypto.randomUUID()}` };
    },
  };
};
