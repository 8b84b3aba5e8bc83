/** Places in one block of memory for what is needed at different times: each in the first gap. */

/** Kernels from the first that touches a buffer to the last. */
export interface Interval {
  readonly first: number
  readonly last: number
}

export interface Request {
  readonly size: number
  readonly interval: Interval
}

/**
 * The start of each request, placed in their order, and the bytes that all of them need. Every
 * request looks at all that were placed before, so those are columns of numbers.
 */
export const firstFit = (
  requests: readonly Request[]
): { readonly starts: readonly number[]; readonly bytes: number } => {
  const column = (): Float64Array => new Float64Array(requests.length)
  // What is placed, in the order of the starts.
  const [firsts, lasts, begins, ends] = [column(), column(), column(), column()]
  let count = 0

  /** How many start before the place. */
  const rankOf = (start: number): number => {
    let [low, high] = [0, count]
    while (low < high) {
      const middle = (low + high) >> 1
      if (begins[middle] < start) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where the first gap of the size is, from a place on that nothing before it reaches. */
  const gap = (size: number, first: number, last: number, from: number): number => {
    let start = from
    for (let i = rankOf(from); i < count; i++) {
      if (lasts[i] < first || last < firsts[i]) continue
      if (begins[i] - start >= size) break
      if (ends[i] > start) start = ends[i]
    }
    return start
  }

  const insert = (list: Float64Array, at: number, value: number): void => {
    list.copyWithin(at + 1, at, count)
    list[at] = value
  }

  /** For each size and interval the end of the latest such place: there is no gap before it. */
  const latest = new Map<string, number>()
  let bytes = 0
  const starts = requests.map(({ size, interval: { first, last } }) => {
    const kind = `${size}/${first}/${last}`
    const start = gap(size, first, last, latest.get(kind) ?? 0)
    const at = rankOf(start)
    insert(firsts, at, first)
    insert(lasts, at, last)
    insert(begins, at, start)
    insert(ends, at, start + size)
    count++
    latest.set(kind, start + size)
    bytes = Math.max(bytes, start + size)
    return start
  })
  return { starts, bytes }
}
