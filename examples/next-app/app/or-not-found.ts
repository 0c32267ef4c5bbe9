/** Answers 404 where the work finds no run or hook. */
export async function orNotFound(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !error.name.endsWith('NotFoundError')) throw error;
    return Response.json({ error: error.name, message: error.message }, { status: 404 });
  }
}
