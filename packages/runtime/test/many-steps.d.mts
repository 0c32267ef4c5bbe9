import type { Steps, Workflow } from '@world/runtime';

export const steps: Steps;
export const workflows: { readonly count: Workflow };
