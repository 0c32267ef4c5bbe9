import { z } from 'zod';
import { environment } from '../environment.js';
import { parseArgument } from '../parse.js';
import { KeySchema } from '../values.js';

/** What a process does with the queue: adds messages, delivers them, or both. */
export type Role = 'producer' | 'worker' | 'both';

/** How the queue is used. Where an option is not given, its environment variable is asked, then the default holds. */
export interface QueueSettings {
  /** `WORKFLOW_WORLD_ROLE`; `both` when not given. A producer starts no worker. */
  role?: Role | undefined;
  /** Where the app listens; `WORKFLOW_LOCAL_BASE_URL`, then `http://localhost:$PORT`, then the port that this process listens on. */
  baseUrl?: string | (() => string | Promise<string>) | undefined;
  /** Steps that this process delivers at a time; `WORKFLOW_WORLD_CONCURRENCY`, then 10 for each core. Workflows have a limit of their own, as high. */
  concurrency?: number | undefined;
  /** How long a message is safe from others after its worker was last heard of, ms; 8000 when not given. */
  leaseMs?: number | undefined;
  /** How long `close` waits for deliveries under way, ms; 10000 when not given. */
  drainMs?: number | undefined;
  /** Deliveries that may fail before a message is dead, 64 at least; 64 when not given. */
  maxDeliveries?: number | undefined;
  /** Whether `start` wakes runs that nothing else would wake, and how often it looks again, ms; `WORKFLOW_WORLD_RECOVERY=off`, then every 60000. */
  recovery?: false | { readonly everyMs?: number | undefined } | undefined;
  /** `WORKFLOW_DEPLOYMENT_ID`; `local` when not given. */
  deploymentId?: string | undefined;
  /** What deliveries are signed with: the first one signs, all of them are taken. `WORKFLOW_WORLD_SECRETS`, by commas; then one that the store keeps. */
  secrets?: readonly string[] | undefined;
  /** What deliveries are sent with; a `fetch` that waits when not given. */
  fetch?: typeof fetch | undefined;
  /** Told what no caller waits for, as a failed delivery; `console.error` when not given. */
  onProblem?: ((problem: string, details: object) => void) | undefined;
}

/** What the queue needs of where it runs. */
export interface Platform {
  /** Steps at a time when nothing else is said. */
  readonly concurrency: number;
  /** Waits for an answer as long as a step may run. */
  readonly fetch: typeof fetch;
  /** Base URL of the app in this process, if there is one. */
  findApp(): Promise<string | undefined>;
  /** Called once, when the world is closed. */
  close(): Promise<void>;
}

/** Anything that has `fetch`, which may give up on long steps. */
const ANY_PLATFORM: Platform = {
  concurrency: 20,
  // Looked up when it is called: test tools and tracers replace it.
  fetch: (...args) => fetch(...args),
  findApp: async () => undefined,
  close: async () => {},
};

/** Settings, checked and complete. */
export interface ResolvedQueueSettings {
  readonly role: Role;
  readonly baseUrl: () => string | Promise<string>;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly maxDeliveries: number;
  /** 0: off. */
  readonly recoveryMs: number;
  readonly deploymentId: string;
  readonly secrets: readonly string[];
  readonly fetch: typeof fetch;
  readonly onProblem: (problem: string, details: object) => void;
  /** Of the queues that wake workflows. */
  readonly workflowPrefix: string;
  /** Releases what deliveries were sent with. */
  readonly close: () => Promise<void>;
}

const MIN_DELIVERIES = 64;
/** As long as timers can be. */
const MAX_MS = 2 ** 31 - 1;
const Ms = z.number().int().min(1).max(MAX_MS);

const BaseUrlSchema = z.url({ protocol: /^https?$/, error: 'is not http://host:port' });

export const QueueSettingsSchema: z.ZodType<QueueSettings> = z.object({
  role: z.enum(['producer', 'worker', 'both']).optional(),
  baseUrl: z.union([BaseUrlSchema, z.custom<() => string>(isFunction)]).optional(),
  concurrency: z.number().int().min(1).max(10_000).optional(),
  leaseMs: Ms.min(100).optional(),
  drainMs: z.number().int().min(0).max(MAX_MS).optional(),
  maxDeliveries: z.number().int().min(MIN_DELIVERIES).optional(),
  recovery: z.union([z.literal(false), z.object({ everyMs: Ms.optional() })]).optional(),
  deploymentId: KeySchema.optional(),
  secrets: z.array(KeySchema).min(1).optional(),
  fetch: z.custom<typeof fetch>(isFunction).optional(),
  onProblem: z.custom<() => void>(isFunction).optional(),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

const DEFAULTS = {
  role: 'both',
  leaseMs: 8000,
  drainMs: 10_000,
  maxDeliveries: MIN_DELIVERIES,
  recoveryMs: 60_000,
  deploymentId: 'local',
} as const;

/** What the environment says, in the form of options. */
function fromEnvironment(env: ReturnType<typeof environment>): QueueSettings {
  const of = (name: string): string | undefined => env[name] || undefined;
  const concurrency = of('WORKFLOW_WORLD_CONCURRENCY');
  return {
    role: of('WORKFLOW_WORLD_ROLE') as Role | undefined,
    concurrency: concurrency === undefined ? undefined : Number(concurrency),
    recovery: of('WORKFLOW_WORLD_RECOVERY') === 'off' ? false : undefined,
    deploymentId: of('WORKFLOW_DEPLOYMENT_ID'),
    secrets: of('WORKFLOW_WORLD_SECRETS')?.split(',').filter(Boolean),
  };
}

/** Where the app listens. Asked at each delivery: an app may begin to listen, and set its port, at any time. */
async function findBaseUrl(platform: Platform): Promise<string> {
  const env = environment();
  if (env.WORKFLOW_LOCAL_BASE_URL) {
    return parseArgument(BaseUrlSchema, env.WORKFLOW_LOCAL_BASE_URL, 'WORKFLOW_LOCAL_BASE_URL');
  }
  if (env.PORT) return `http://localhost:${env.PORT}`;
  const found = await platform.findApp();
  if (found !== undefined) return found;
  throw new Error('no app is found in this process; set PORT or WORKFLOW_LOCAL_BASE_URL');
}

/** That a listener throws is no reason to stop delivering. */
function quietly<T extends unknown[]>(listener: (...args: T) => void): (...args: T) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch {
      // Nobody is left to be told.
    }
  };
}

/** @throws INVALID_ARGUMENT for variables that cannot be read. */
export function resolveQueueSettings(
  options: QueueSettings = {},
  platform: Platform = ANY_PLATFORM,
): ResolvedQueueSettings {
  const env = environment();
  const said = parseArgument(QueueSettingsSchema, fromEnvironment(env), 'environment');
  const namespace = env.WORKFLOW_QUEUE_NAMESPACE || undefined;
  const { baseUrl = () => findBaseUrl(platform), recovery = said.recovery } = options;
  return {
    role: options.role ?? said.role ?? DEFAULTS.role,
    baseUrl: typeof baseUrl === 'string' ? () => baseUrl : baseUrl,
    concurrency: options.concurrency ?? said.concurrency ?? platform.concurrency,
    leaseMs: options.leaseMs ?? DEFAULTS.leaseMs,
    drainMs: options.drainMs ?? DEFAULTS.drainMs,
    maxDeliveries: options.maxDeliveries ?? DEFAULTS.maxDeliveries,
    recoveryMs: recovery === false ? 0 : (recovery?.everyMs ?? DEFAULTS.recoveryMs),
    deploymentId: options.deploymentId ?? said.deploymentId ?? DEFAULTS.deploymentId,
    secrets: options.secrets ?? said.secrets ?? [],
    fetch: options.fetch ?? platform.fetch,
    close: () => platform.close(),
    onProblem: quietly(
      options.onProblem ?? ((problem, details) => console.error(`[world] ${problem}`, details)),
    ),
    workflowPrefix: `__${namespace === undefined ? '' : `${namespace}_`}wkf_workflow_`,
  };
}
