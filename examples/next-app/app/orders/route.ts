import { start } from 'workflow/api';
import { type Order, processOrder } from '../../workflows/order';

/** Takes an order. */
export async function POST(request: Request): Promise<Response> {
  const order: Order = await request.json();
  const { runId } = await start(processOrder, [order]);
  return Response.json({ runId }, { status: 202 });
}
