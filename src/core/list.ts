/**
 * `map` and `filter` for the lists that tracing is made of.
 *
 * Engines keep apart arrays that may have holes from those that cannot, and compile code for one
 * of them. The built-in `map` makes arrays of one kind at first and of the other once its caller
 * is compiled, so that what reads them has to be compiled again. These make one kind only.
 */

/** f of every element. */
export const mapList = <A, B>(xs: readonly A[], f: (x: A, i: number) => B): readonly B[] => {
  const ys: B[] = []
  for (let i = 0; i < xs.length; i++) ys.push(f(xs[i], i))
  return ys
}

/** The elements for which `keep` holds. */
export const filterList = <A>(
  xs: readonly A[],
  keep: (x: A, i: number) => boolean
): readonly A[] => {
  const ys: A[] = []
  for (let i = 0; i < xs.length; i++) if (keep(xs[i], i)) ys.push(xs[i])
  return ys
}
