import { setTimeout as delay } from 'node:timers/promises';
import { FatalError, getStepMetadata, RetryableError } from 'workflow';
import { journaled } from '../journal.js';

/** Takes `pauseMs` and returns its label. */
export async function note(label: string, pauseMs = 0): Promise<string> {
  'use step';
  return journaled(label, async () => {
    if (pauseMs > 0) await delay(pauseMs);
    return label;
  });
}

/** Returns what it gets. */
export async function echo(text: string): Promise<string> {
  'use step';
  return text;
}

/** Fails `failures` times with an error that asks for a retry in 100 ms. */
export async function flaky(failures: number): Promise<string> {
  'use step';
  return journaled('flaky', () => {
    const attempt = getStepMetadata().attempt;
    if (attempt <= failures) throw new RetryableError(`attempt ${attempt}`, { retryAfter: 100 });
    return `attempt ${attempt}`;
  });
}

/** Fails always, with an error that says nothing about retries. */
export async function broken(): Promise<string> {
  'use step';
  return journaled('broken', () => {
    throw new Error('never works');
  });
}
broken.maxRetries = 1;

/** Fails in a way that no retry helps. */
export async function fatal(): Promise<string> {
  'use step';
  return journaled('fatal', () => {
    throw new FatalError('no way');
  });
}
