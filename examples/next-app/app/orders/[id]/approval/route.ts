import { resumeHook } from 'workflow/api';
import { approvalToken } from '../../../../workflows/order';
import { orNotFound } from '../../../or-not-found';

/** Decides about an order that waits. */
export const POST = (
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> =>
  orNotFound(async () => {
    const { runId } = await resumeHook(approvalToken((await params).id), await request.json());
    return Response.json({ runId });
  });
