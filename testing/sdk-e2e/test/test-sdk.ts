import type { Place } from '@world/app-process';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { App } from './app.js';
import { crashCases } from './cases/crash-cases.js';
import { createOnceCases } from './cases/create-once-cases.js';
import { encryptionCases } from './cases/encryption-cases.js';
import { hookCases } from './cases/hook-cases.js';
import { listCases } from './cases/list-cases.js';
import { raceCases } from './cases/race-cases.js';
import { refusalCases } from './cases/refusal-cases.js';
import { sharedCases } from './cases/shared-cases.js';
import { sleepCases } from './cases/sleep-cases.js';
import { stepCases } from './cases/step-cases.js';
import { streamCases } from './cases/stream-cases.js';
import { webhookCases } from './cases/webhook-cases.js';

/** A world that the SDK is to run on. */
export interface SdkTarget {
  readonly name: string;
  /** Called once for each app that is started; apps of different places see nothing of each other. */
  openPlace(): Promise<Place>;
  /** Whether the data outlives the app's process. */
  readonly restart: boolean;
  /** Whether apps of the world take keys from `WORKFLOW_WORLD_KEYS`, and an app that has some meets none without. */
  readonly encrypts: boolean;
}

/** What cases get: the app, once it runs. */
export type OpenedApp = () => App;

/** Registers the end-to-end suite: the stock SDK on one world, in a server process that is asked over HTTP. */
export function testSdk({ name, openPlace, restart, encrypts }: SdkTarget): void {
  describe(`the workflow SDK on ${name}`, () => {
    let opened: App;
    const app: OpenedApp = () => opened;
    beforeAll(async () => {
      opened = await App.open(openPlace);
    });
    beforeEach(() => {
      opened.process.output = '';
    });
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') console.error(opened.process.output);
    });
    afterAll(() => opened?.close());

    // First, since the run of its 55 sleeps goes on behind the rest.
    const sleeping = sleepCases(app);
    stepCases(app);
    hookCases(app);
    webhookCases(app);
    raceCases(app);
    streamCases(app);
    listCases(app);
    createOnceCases(app);
    refusalCases(app);
    sleeping.finish();
    encryptionCases(app, openPlace, { restart, encrypts });
    crashCases(openPlace, restart);
    sharedCases(openPlace, restart);
  });
}
