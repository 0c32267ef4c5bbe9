import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rehearsal } from './rehearsal.ts';

/** Yarn 4, with a folder of modules: the `world` command finds packages there. */
const yarnCommand = ['npx', '-y', '-p', '@yarnpkg/cli-dist@4', '--', 'yarn'] as const;

export interface PackageManager {
  readonly add: readonly [string, ...string[]];
  /** Runs a command of an installed package. */
  readonly exec: readonly [string, ...string[]];
  /** The settings that a user needs, and those of this registry. */
  readonly settings: (registryUrl: string) => Readonly<Record<string, string>>;
}

export type ManagerName = 'npm' | 'pnpm' | 'yarn';

export const managers: Readonly<Record<ManagerName, PackageManager>> = {
  npm: {
    add: ['npm', 'install'],
    exec: ['npx', '--no-install'],
    settings: () => ({}),
  },
  pnpm: {
    add: ['pnpm', 'add'],
    exec: ['pnpm', 'exec'],
    settings: () => ({
      'pnpm-workspace.yaml': [
        'allowBuilds: { better-sqlite3: true, cbor-extract: false }',
        // They were published a moment ago.
        "minimumReleaseAgeExclude: ['@world/*']",
        '',
      ].join('\n'),
    }),
  },
  yarn: {
    add: [...yarnCommand, 'add'],
    exec: [...yarnCommand],
    // JSON is YAML.
    settings: (registryUrl) => ({
      'package.json': JSON.stringify({
        private: true,
        type: 'module',
        // Yarn resolves the binaries of all platforms; of 2.2.3 not every registry mirror carries each.
        resolutions: { 'cbor-extract': '2.2.2' },
      }),
      'yarn.lock': '',
      '.yarnrc.yml': JSON.stringify({
        nodeLinker: 'node-modules',
        npmRegistryServer: registryUrl,
        unsafeHttpWhitelist: ['127.0.0.1'],
        npmMinimalAgeGate: 0,
        enableScripts: true,
        enableTelemetry: false,
        // Packages of another rehearsal have the same names and versions, and their registry is gone.
        globalFolder: './.yarn/global',
        enableGlobalCache: false,
      }),
    }),
  },
};

/** Writes the settings into the folder of an app that has no packages yet. */
export async function writeSettings(
  { registry }: Pick<Rehearsal, 'registry'>,
  manager: ManagerName,
  app: string,
): Promise<void> {
  for (const [file, text] of Object.entries(managers[manager].settings(registry.url))) {
    await writeFile(join(app, file), text);
  }
}

/** Adds packages to an app, as its user would. */
export async function addPackages(
  { run }: Pick<Rehearsal, 'run'>,
  manager: ManagerName,
  app: string,
  names: readonly string[],
): Promise<void> {
  const [command, ...args] = managers[manager].add;
  await run(app, command, [...args, ...names]);
}
