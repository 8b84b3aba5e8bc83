/** Windows that slide over padded and dilated axes: how many, where, and the paddings of adjoints. */

export type Padding = readonly (readonly [low: number, high: number])[]

/** Extent of an axis with `dilation - 1` holes between its elements. */
export const dilate = (extent: number, dilation: number): number =>
  extent === 0 ? 0 : (extent - 1) * dilation + 1

/** Number of positions of a window (both already dilated) in a padded axis. */
export const windowCount = (extent: number, window: number, stride: number): number =>
  extent < window ? 0 : Math.floor((extent - window) / stride) + 1

/** How windows slide along each of several axes. */
export interface Sliding {
  readonly windows: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly baseDilation: readonly number[]
  readonly windowDilation: readonly number[]
}

export const countsOf = (extents: readonly number[], s: Sliding): readonly number[] =>
  extents.map((n, a) =>
    windowCount(
      dilate(n, s.baseDilation[a]) + s.padding[a][0] + s.padding[a][1],
      dilate(s.windows[a], s.windowDilation[a]),
      s.strides[a]
    )
  )

/**
 * Per axis, for window position `o` and element `k` of the window, at o · window + k: the position
 * in the operand, or -1 in padding and holes.
 */
export const positionsAlong = (
  extent: number,
  count: number,
  axis: number,
  s: Sliding
): Int32Array => {
  const window = s.windows[axis]
  const base = s.baseDilation[axis]
  const out = new Int32Array(count * window)
  for (let o = 0; o < count; o++)
    for (let k = 0; k < window; k++) {
      const at = o * s.strides[axis] + k * s.windowDilation[axis] - s.padding[axis][0]
      const inside = at >= 0 && at % base === 0 && at / base < extent
      out[o * window + k] = inside ? at / base : -1
    }
  return out
}

/**
 * Row-major position in an operand of these extents for each window (rows) and element of it
 * (columns), or -1 where there is none.
 */
export const windowTable = (extents: readonly number[], s: Sliding): readonly Int32Array[] => {
  const counts = countsOf(extents, s)
  let rows: readonly Int32Array[] = [Int32Array.of(0)]
  extents.forEach((extent, axis) => {
    const positions = positionsAlong(extent, counts[axis], axis, s)
    const window = s.windows[axis]
    const next: Int32Array[] = []
    for (const row of rows)
      for (let o = 0; o < counts[axis]; o++) {
        const wider = new Int32Array(row.length * window)
        for (let i = 0; i < row.length; i++)
          for (let k = 0; k < window; k++) {
            const at = positions[o * window + k]
            wider[i * window + k] = row[i] < 0 || at < 0 ? -1 : row[i] * extent + at
          }
        next.push(wider)
      }
    rows = next
  })
  return rows
}

/**
 * The padding with which the adjoint with respect to the operand slides the (flipped) window over
 * the cotangent dilated by the strides.
 */
export const operandPadding = (
  extents: readonly number[],
  counts: readonly number[],
  s: Sliding
): Padding =>
  extents.map((n, a) => {
    const window = dilate(s.windows[a], s.windowDilation[a])
    const low = window - 1 - s.padding[a][0]
    return [low, dilate(n, s.baseDilation[a]) + window - 1 - dilate(counts[a], s.strides[a]) - low]
  })

/** The same for the adjoint with respect to the window, which slides the cotangent. */
export const windowPadding = (
  extents: readonly number[],
  counts: readonly number[],
  s: Sliding
): Padding =>
  extents.map((n, a) => {
    const window = dilate(s.windows[a], s.windowDilation[a])
    const low = s.padding[a][0]
    return [low, dilate(counts[a], s.strides[a]) - dilate(n, s.baseDilation[a]) + window - 1 - low]
  })
