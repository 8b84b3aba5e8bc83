/** Selecting entries of parallel lists by flags, which every rule over programs does. */

export const pick = <T>(xs: readonly T[], flags: readonly boolean[]): readonly T[] =>
  xs.filter((_, i) => flags[i])

export const omit = <T>(xs: readonly T[], flags: readonly boolean[]): readonly T[] =>
  xs.filter((_, i) => !flags[i])

/** Takes from `yes` where the flag is set and from `no` elsewhere, in order. */
export const merge = <T>(
  flags: readonly boolean[],
  yes: readonly T[],
  no: readonly T[]
): readonly T[] => {
  let i = 0
  let j = 0
  return flags.map((f) => (f ? yes[i++] : no[j++]))
}

export const or = (a: readonly boolean[], b: readonly boolean[]): readonly boolean[] =>
  a.map((x, i) => x || b[i])

/** Pieces of the given lengths, in order; what is left is the last piece. */
export const cut = <T>(
  xs: readonly T[],
  ...lengths: readonly number[]
): readonly (readonly T[])[] => {
  let at = 0
  const pieces = lengths.map((n) => xs.slice(at, (at += n)))
  return [...pieces, xs.slice(at)]
}

/** The least fixed point of a monotone function on flags: loops ask which carries are affected. */
export const fixpoint = (
  start: readonly boolean[],
  step: (flags: readonly boolean[]) => readonly boolean[]
): readonly boolean[] => {
  let flags = start
  for (;;) {
    const next = or(flags, step(flags))
    if (next.every((f, i) => f === flags[i])) return flags
    flags = next
  }
}
