import { Agent, request } from 'undici';

/** An answer whose body has not been read yet: by a `fetch`, or by undici itself, which makes no streams of the web. */
export interface Answer {
  readonly status: number;
  header(name: string): string | null;
  bytes(): Promise<Uint8Array>;
  /** Frees the connection of a body that nobody reads. */
  discard(): Promise<void>;
}

/** What is posted. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** Posts, and follows no redirects: nobody else gets the token. */
export interface Poster {
  post(url: string, post: Post): Promise<Answer>;
  /** Closes connections that are open. */
  close(): Promise<void>;
}

export function answerOf(response: Response): Answer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    discard: async () => response.body?.cancel().catch(() => {}),
  };
}

/** Posts by a `fetch`. */
export const fetchPoster = (send: typeof fetch): Poster => ({
  post: async (url, post) =>
    answerOf(await send(url, { ...post, method: 'POST', redirect: 'manual' })),
  close: async () => {},
});

/** Posts over connections of its own. */
export function undiciPoster(): Poster {
  const dispatcher = new Agent();
  return {
    async post(url, post) {
      const options = { ...post, method: 'POST', dispatcher } as const;
      const { statusCode, headers, body } = await request(url, options);
      return {
        status: statusCode,
        header(name) {
          const value = headers[name];
          return typeof value === 'string' ? value : (value?.join(', ') ?? null);
        },
        bytes: async () => new Uint8Array(await body.arrayBuffer()),
        async discard() {
          // What it ends with is nobody's concern.
          body.on('error', () => {}).destroy();
        },
      };
    },
    close: () => dispatcher.destroy(),
  };
}
