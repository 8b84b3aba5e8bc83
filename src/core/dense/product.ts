/**
 * Products of real matrices that lie anywhere in storage: what the blocked factorisations spend
 * their time on. Tiles of 4 × 2 sums stay in registers; both operands are copied into the order in
 * which the tiles read them, so transposes cost nothing.
 */

/** A real matrix whose entry (i, j) is `data[at + i down + j right]`. */
export interface Block {
  readonly data: Float64Array
  readonly at: number
  readonly down: number
  readonly right: number
}

/** The part of a block from row `i` and column `j` on. */
export const from = ({ data, at, down, right }: Block, i: number, j: number): Block => ({
  data,
  at: at + i * down + j * right,
  down,
  right
})

/** The block read the other way round. */
export const flipped = ({ data, at, down, right }: Block): Block => ({
  data,
  at,
  down: right,
  right: down
})

const ROWS = 4
const COLUMNS = 2

/** Steps of the inner dimension at a time: panels of so many stay in the nearest cache. */
const DEPTH = 256

/** Panels are padded to an even depth, for loops of two steps at a time. */
const even = (depth: number): number => depth + (depth % 2)

/** Up to four lines of `depth` entries side by side, those that are missing filled with zeros. */
const packRows = (
  { data, at, down, right }: Block,
  rows: number,
  depth: number,
  to: Float64Array
): void => {
  if (rows < ROWS || depth % 2 === 1) to.fill(0, 0, ROWS * even(depth))
  for (let r = 0; r < rows; r++) {
    for (let p = 0, i = at + r * down, o = r; p < depth; p++, i += right, o += 4) to[o] = data[i]
  }
}

/** Columns in pairs side by side, the last one beside zeros where it has no partner. */
const packColumns = (
  { data, at, down, right }: Block,
  columns: number,
  depth: number,
  to: Float64Array
): void => {
  let o = 0
  for (let j = 0; j < columns; j += COLUMNS) {
    const isPair = j + 1 < columns
    for (let p = 0, i = at + j * right; p < depth; p++, i += down, o += 2) {
      to[o] = data[i]
      to[o + 1] = isPair ? data[i + right] : 0
    }
    if (depth % 2 === 1) {
      to[o++] = 0
      to[o++] = 0
    }
  }
}

/**
 * C ← C − Σ_p a_p b_pᵀ over two packed panels, where the tile of C has `rows` rows and one column
 * or two. Too long for the engine to inline, so that all sums have a register.
 */
const subtractTile = (
  a: Float64Array,
  b: Float64Array,
  bo: number,
  depth: number,
  c: Float64Array,
  at: number,
  down: number,
  right: number,
  rows: number,
  isPair: boolean
): void => {
  let c00 = 0
  let c01 = 0
  let c10 = 0
  let c11 = 0
  let c20 = 0
  let c21 = 0
  let c30 = 0
  let c31 = 0
  for (let p = 0, i = 0, j = bo; p < depth; p += 2, i += 8, j += 4) {
    const b00 = b[j]
    const b01 = b[j + 1]
    const a00 = a[i]
    c00 += a00 * b00
    c01 += a00 * b01
    const a01 = a[i + 1]
    c10 += a01 * b00
    c11 += a01 * b01
    const a02 = a[i + 2]
    c20 += a02 * b00
    c21 += a02 * b01
    const a03 = a[i + 3]
    c30 += a03 * b00
    c31 += a03 * b01
    const b10 = b[j + 2]
    const b11 = b[j + 3]
    const a10 = a[i + 4]
    c00 += a10 * b10
    c01 += a10 * b11
    const a11 = a[i + 5]
    c10 += a11 * b10
    c11 += a11 * b11
    const a12 = a[i + 6]
    c20 += a12 * b10
    c21 += a12 * b11
    const a13 = a[i + 7]
    c30 += a13 * b10
    c31 += a13 * b11
  }
  c[at] -= c00
  if (rows > 1) c[at + down] -= c10
  if (rows > 2) c[at + 2 * down] -= c20
  if (rows > 3) c[at + 3 * down] -= c30
  if (!isPair) return
  const beside = at + right
  c[beside] -= c01
  if (rows > 1) c[beside + down] -= c11
  if (rows > 2) c[beside + 2 * down] -= c21
  if (rows > 3) c[beside + 3 * down] -= c31
}

/** Room for packed panels, used again by the next product. */
let room = { a: new Float64Array(0), b: new Float64Array(0) }

const roomFor = (a: number, b: number): typeof room => {
  if (room.a.length < a || room.b.length < b)
    room = {
      a: new Float64Array(Math.max(a, room.a.length)),
      b: new Float64Array(Math.max(b, room.b.length))
    }
  return room
}

/**
 * C ← C − A B. With `lower` only what tiles on and below the diagonal hold is right.
 *
 * Shape:  c [m, n], a [m, k], b [k, n].
 * Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 34
 *         (2008): the order of the loops.
 */
export const subtractProduct = (
  c: Block,
  a: Block,
  b: Block,
  m: number,
  n: number,
  k: number,
  lower = false
): void => {
  const { data, at, down, right } = c
  const panels = Math.ceil(n / COLUMNS)
  const most = Math.min(even(k), DEPTH)
  const packed = roomFor(ROWS * most, panels * COLUMNS * most)
  for (let start = 0; start < k; start += DEPTH) {
    const depth = Math.min(DEPTH, k - start)
    packColumns(from(b, start, 0), n, depth, packed.b)
    for (let i = 0; i < m; i += ROWS) {
      const rows = Math.min(ROWS, m - i)
      packRows(from(a, i, start), rows, depth, packed.a)
      const end = lower ? Math.min(n, i + ROWS) : n
      for (let j = 0; j < end; j += COLUMNS) {
        const to = at + i * down + j * right
        subtractTile(
          packed.a,
          packed.b,
          j * even(depth),
          depth,
          data,
          to,
          down,
          right,
          rows,
          j + 1 < n
        )
      }
    }
  }
}
