import { getRun } from 'workflow/api';

/** What a run says, line by line, as it comes. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ runId: string }> },
): Promise<Response> {
  const lines = getRun((await params).runId)
    .getReadable<string>()
    .pipeThrough(new TransformStream({ transform: (line, out) => out.enqueue(`${line}\n`) }));
  return new Response(lines.pipeThrough(new TextEncoderStream()));
}
