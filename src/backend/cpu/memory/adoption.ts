/**
 * Which results of a call take over the memory of an argument: the plan says which could, and the
 * arguments that the caller gives away say which do.
 */

/** An argument whose memory a result may take over. */
export interface Adoptable {
  /** Position in the call. */
  readonly argument: number
  /** Position among the arrays that the call holds. */
  readonly place: number
  readonly result: number
}

const sameFlags = (a: readonly boolean[], b: readonly boolean[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The argument that each of so many results takes over, given which arguments are donated. */
export const createDonors = (
  results: number,
  adoptable: readonly Adoptable[]
): ((donated: readonly boolean[]) => readonly (Adoptable | null)[]) => {
  const nobody = Array.from({ length: results }, (): Adoptable | null => null)
  let latest = { donated: [] as readonly boolean[], donors: nobody }
  return (donated) => {
    if (donated.length === 0) return nobody
    // Mostly a call gives what the call before gave.
    if (sameFlags(donated, latest.donated)) return latest.donors
    const donors = [...nobody]
    const taken = new Set<number>()
    for (const a of adoptable) {
      if (!donated[a.argument] || taken.has(a.place) || donors[a.result] !== null) continue
      taken.add(a.place)
      donors[a.result] = a
    }
    latest = { donated, donors }
    return donors
  }
}
