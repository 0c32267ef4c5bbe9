import { getRun } from 'workflow/api';
import type { Outcome } from '../../../workflows/order';
import { orNotFound } from '../../or-not-found';

/** How far a run is. */
export const GET = (
  _request: Request,
  { params }: { params: Promise<{ runId: string }> },
): Promise<Response> =>
  orNotFound(async () => {
    const run = getRun<Outcome>((await params).runId);
    const status = await run.status;
    return Response.json(
      status === 'completed' ? { status, outcome: await run.returnValue } : { status },
    );
  });
