/** Room for the intermediate results of host routines, used again and again. */

/** The most numbers of a kind that are kept for the next time, whenever it comes. */
const mostKept = 2 ** 16

/**
 * What `make` has made before, with what was left in it, as long as it is large enough; nobody may
 * hold it while another asks. What is very large is kept until the next collection of garbage.
 */
export const keepRoom = <T extends object>(make: (size: number) => T): ((size: number) => T) => {
  let [kept, keptSize]: [T | null, number] = [null, -1]
  let [large, largeSize]: [WeakRef<T> | null, number] = [null, -1]
  return (size) => {
    if (size > mostKept) {
      const known = largeSize < size ? undefined : large?.deref()
      const room = known ?? make(size)
      if (known === undefined) [large, largeSize] = [new WeakRef(room), size]
      return room
    }
    if (kept === null || keptSize < size) [kept, keptSize] = [make(size), size]
    return kept
  }
}
