import type { NextConfig } from 'next';
import { withWorkflow } from 'workflow/next';

const config: NextConfig = {
  // `pnpm typecheck` does that.
  typescript: { ignoreBuildErrors: true },
  // `next dev` writes no files for agents.
  agentRules: false,
};

export default withWorkflow(config);
