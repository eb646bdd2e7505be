/** Waits until both have ended, well or not, and then gives both values or throws the first error: nothing goes on unseen. */
export async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
