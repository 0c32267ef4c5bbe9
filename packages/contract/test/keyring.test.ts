import { afterEach, describe, expect, test, vi } from 'vitest';
import { createKeyring } from '../src/keyring.js';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
/** ULIDs of 2026-01-01, 2026-06-01 and later the same day. */
const JANUARY = 'wrun_01KDVQKX000000000000000000';
const JUNE = 'wrun_01KT1P6KG00000000000000000';
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

afterEach(() => vi.unstubAllEnvs());

describe('keyring', () => {
  test('without keys nothing is encrypted', async () => {
    expect(await createKeyring(undefined).getEncryptionKeyForRun(JUNE)).toBeUndefined();
  });

  test('each run has 32 bytes of its own, the same in every world with the key', async () => {
    const [one, other] = [createKeyring([{ key: key(1) }]), createKeyring([{ key: key(1) }])];
    const of = await one.getEncryptionKeyForRun(JUNE);
    expect(of).toHaveLength(32);
    expect(await other.getEncryptionKeyForRun({ runId: JUNE })).toEqual(of);
    expect(await one.getEncryptionKeyForRun(JANUARY)).not.toEqual(of);
    const strange = createKeyring([{ key: key(2) }]);
    expect(await strange.getEncryptionKeyForRun(JUNE)).not.toEqual(of);
  });

  test('a new key changes nothing for runs that were made before it', async () => {
    const from = new Date('2026-03-01T00:00:00Z');
    const before = createKeyring([{ key: key(1) }]);
    const after = createKeyring([{ key: key(1) }, { key: key(2), from }]);
    const of = async (ring: typeof before, runId: string) =>
      hex(await ring.getEncryptionKeyForRun(runId));
    expect(await of(after, JANUARY)).toBe(await of(before, JANUARY));
    expect(await of(after, JUNE)).not.toBe(await of(before, JUNE));
    expect(await of(after, JUNE)).toBe(await of(createKeyring([{ key: key(2) }]), JUNE));
    await expect(
      createKeyring([{ key: key(2), from }]).getEncryptionKeyForRun(JANUARY),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('older'),
    });
  });

  test('keys come from the environment; bad ones are refused, and not shown', async () => {
    vi.stubEnv('WORKFLOW_WORLD_KEYS', `${key(1)}, 2026-03-01T00:00:00Z=${key(2)}`);
    const ring = createKeyring(undefined);
    const second = createKeyring([{ key: key(2) }]);
    expect(await ring.getEncryptionKeyForRun(JUNE)).toEqual(
      await second.getEncryptionKeyForRun(JUNE),
    );
    for (const bad of ['secret', 'c2VjcmV0', `yesterday=${key(1)}`, `2026-99-99T=${key(1)}`]) {
      vi.stubEnv('WORKFLOW_WORLD_KEYS', bad);
      expect(() => createKeyring(undefined)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.not.stringContaining(bad),
        }),
      );
    }
  });

  test('what is no run id has no key', async () => {
    const ring = createKeyring([{ key: key(1) }]);
    for (const runId of ['', 'run', 'wrun_', undefined, 7]) {
      await expect(ring.getEncryptionKeyForRun(runId as string)).rejects.toThrow();
    }
  });
});
