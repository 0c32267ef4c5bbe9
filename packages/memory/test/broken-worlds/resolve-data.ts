import { decodeData, encodeData, TRANSITIONS } from '@world/contract';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onList } from './parts.js';

/** Worlds that take `resolveData` for something else. */
export const brokenResolveData: readonly BrokenWorld[] = [
  {
    fault: 'resolveData none leaves payloads out of what is written',
    caughtBy: 'P-resolve-none-writes',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) => {
        if (append.payloads || command.data === undefined) return command;
        const data = decodeData(command.data) as Record<string, unknown>;
        for (const field of TRANSITIONS[command.eventType].payloadFields) delete data[field];
        return { ...command, data: encodeData(data) };
      }),
    })),
  },
  {
    fault: 'resolveData none leaves out all event data, resumeAt with it',
    caughtBy: 'P-resolve-none-reads',
    breaks: onList(async (list, params) => {
      const page = await list(params);
      if (params.resolveData !== 'none') return page;
      const light = page.data.map((event) => ({ ...event, eventData: undefined }));
      return { ...page, data: light as unknown as typeof page.data };
    }),
  },
  {
    fault: 'resolveData none leaves errors and names out of steps',
    caughtBy: 'P-resolve-none-entities',
    breaks: {
      world: ({ steps }) => ({
        steps: {
          ...steps,
          list: async (params: Parameters<typeof steps.list>[0]) => {
            const page = await steps.list(params);
            if (params.resolveData !== 'none') return page;
            return { ...page, data: page.data.map((step) => ({ ...step, error: undefined })) };
          },
        } as typeof steps,
      }),
    },
  },
];
