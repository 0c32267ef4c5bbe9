import { createHook, FatalError, getWritable } from 'workflow';
import { journaled } from '../journal.js';

/** Takes a text everywhere that a run can: its input, a step, a stream, a hook and what that receives, its output. */
export async function carries(token: string, text: string): Promise<string> {
  'use workflow';
  const said = await writesDown(text);
  using hook = createHook<{ text: string }>({ token, metadata: { text: said } });
  const received = await hook;
  return received.text;
}

/** Fails with a text. */
export async function failsWith(text: string): Promise<void> {
  'use workflow';
  await throws(text);
}

async function writesDown(text: string): Promise<string> {
  'use step';
  return journaled('writes down', async () => {
    const writer = getWritable<string>().getWriter();
    await writer.write(text);
    await writer.close();
    return text;
  });
}

async function throws(text: string): Promise<void> {
  'use step';
  throw new FatalError(text);
}
