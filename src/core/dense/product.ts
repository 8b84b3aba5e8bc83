/**
 * Products of real matrices that lie anywhere in storage: what the blocked factorisations spend
 * their time on. Sums of a tile stay in registers; both operands are copied into the order in which the
 * tiles read them, so transposes cost nothing.
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

/** Rows and columns of a tile of sums. */
const TILE = 4

/** Steps of the inner dimension at a time: panels of so many stay in the nearest cache. */
const DEPTH = 256

/** Room for packed operands, and what multiplies them. */
export interface PanelProduct {
  readonly a: Float64Array // [depth, 4]: four rows side by side
  readonly b: Float64Array // [tiles, depth, 4]: four columns side by side
  readonly sums: Float64Array // [tiles, 4, 4]
  /** sums ← a b, tile by tile, each sum in the order of its terms. */
  readonly run: (depth: number, tiles: number) => void
}

/** Makes room for panels of so many numbers; it may be that of the product before. */
type Supplier = (a: number, b: number, sums: number) => PanelProduct

const plainTiles = (
  { a, b, sums }: Omit<PanelProduct, 'run'>,
  depth: number,
  tiles: number
): void => {
  // Half a tile at a time: so many sums have registers.
  for (let half = 0; half < 2 * tiles; half++) {
    const first = (half >> 1) * TILE * depth + 2 * (half & 1)
    let c00 = 0
    let c01 = 0
    let c10 = 0
    let c11 = 0
    let c20 = 0
    let c21 = 0
    let c30 = 0
    let c31 = 0
    for (let p = 0, i = 0, j = first; p < depth; p++, i += 4, j += 4) {
      const b0 = b[j]
      const b1 = b[j + 1]
      const a0 = a[i]
      c00 += a0 * b0
      c01 += a0 * b1
      const a1 = a[i + 1]
      c10 += a1 * b0
      c11 += a1 * b1
      const a2 = a[i + 2]
      c20 += a2 * b0
      c21 += a2 * b1
      const a3 = a[i + 3]
      c30 += a3 * b0
      c31 += a3 * b1
    }
    const to = (half >> 1) * TILE * TILE + 2 * (half & 1)
    sums[to] = c00
    sums[to + 1] = c01
    sums[to + 4] = c10
    sums[to + 5] = c11
    sums[to + 8] = c20
    sums[to + 9] = c21
    sums[to + 12] = c30
    sums[to + 13] = c31
  }
}

let plainRoom = [0, 0, 0].map((n) => new Float64Array(n))

const plain: Supplier = (...sizes) => {
  if (sizes.some((n, i) => plainRoom[i].length < n))
    plainRoom = sizes.map((n, i) => new Float64Array(Math.max(n, plainRoom[i].length)))
  const [a, b, sums] = plainRoom
  return { a, b, sums, run: (depth, tiles) => plainTiles({ a, b, sums }, depth, tiles) }
}

let supplier: Supplier = plain

/** How panels are multiplied; `install-factorisations.ts` says: plain loops are a quarter as fast. */
export const setPanelProduct = (supply: Supplier): void => {
  supplier = supply
}

/** Up to four lines of `depth` entries side by side, those that are missing filled with zeros. */
const pack = (
  data: Float64Array,
  at: number,
  lines: number,
  across: number,
  depth: number,
  along: number,
  to: Float64Array,
  into: number
): void => {
  if (lines < TILE) to.fill(0, into, into + TILE * depth)
  for (let w = 0; w < lines; w++) {
    for (let p = 0, i = at + w * across, o = into + w; p < depth; p++, i += along, o += 4)
      to[o] = data[i]
  }
}

/** C ← C − sums, of which the tile of C has `rows` rows and `columns` columns. */
const subtractTile = (
  { data, down, right }: Block,
  at: number,
  rows: number,
  columns: number,
  sums: Float64Array,
  first: number
): void => {
  for (let r = 0; r < rows; r++) {
    const o = at + r * down
    const s = first + TILE * r
    if (columns === TILE) {
      data[o] -= sums[s]
      data[o + right] -= sums[s + 1]
      data[o + 2 * right] -= sums[s + 2]
      data[o + 3 * right] -= sums[s + 3]
    } else for (let j = 0; j < columns; j++) data[o + j * right] -= sums[s + j]
  }
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
  const tiles = Math.ceil(n / TILE)
  const most = Math.min(k, DEPTH)
  const panels = supplier(TILE * most, TILE * most * tiles, TILE * TILE * tiles)
  for (let start = 0; start < k; start += DEPTH) {
    const depth = Math.min(DEPTH, k - start)
    for (let t = 0; t < tiles; t++) {
      const at = b.at + start * b.down + TILE * t * b.right
      const columns = Math.min(TILE, n - TILE * t)
      pack(b.data, at, columns, b.right, depth, b.down, panels.b, TILE * depth * t)
    }
    for (let i = 0; i < m; i += TILE) {
      const rows = Math.min(TILE, m - i)
      const from = a.at + i * a.down + start * a.right
      pack(a.data, from, rows, a.down, depth, a.right, panels.a, 0)
      const wanted = lower ? Math.min(tiles, Math.ceil((i + TILE) / TILE)) : tiles
      panels.run(depth, wanted)
      for (let t = 0; t < wanted; t++) {
        const at = c.at + i * c.down + TILE * t * c.right
        subtractTile(c, at, rows, Math.min(TILE, n - TILE * t), panels.sums, TILE * TILE * t)
      }
    }
  }
}
