interface LibuvHandle {
  readonly type: string;
  readonly is_active: boolean;
  readonly localEndpoint?: { readonly port: number } | null;
  readonly remoteEndpoint?: object | null;
}

/** TCP ports that this process listens on, in the order in which it began to. https://nodejs.org/api/report.html */
export function listeningPorts(): readonly number[] {
  const { report } = process;
  const { excludeNetwork } = report as { excludeNetwork?: boolean };
  // Names of peers and network interfaces take time, and are not asked for.
  Object.assign(report, { excludeNetwork: true });
  try {
    const { libuv } = report.getReport() as unknown as { libuv: readonly LibuvHandle[] };
    const ports = libuv
      .filter(({ type, is_active }) => type === 'tcp' && is_active)
      .filter(({ remoteEndpoint }) => remoteEndpoint === null || remoteEndpoint === undefined)
      .flatMap(({ localEndpoint }) => localEndpoint?.port ?? []);
    return [...new Set(ports)];
  } finally {
    Object.assign(report, { excludeNetwork });
  }
}
