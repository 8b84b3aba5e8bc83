/**
 * NumPy's indexing by the letter, on nested positions instead of memory: for every place of the
 * result, the flat position in the operand that it reads. Slow, and written from the rules in
 * NumPy's guide "Indexing on ndarrays", so that the library can be compared with it.
 */

export type RefIndex =
  | { readonly _tag: 'position'; readonly at: number }
  | {
      readonly _tag: 'slice'
      readonly start: number | null
      readonly stop: number | null
      readonly step: number | null
    }
  | { readonly _tag: 'newaxis' }
  | { readonly _tag: 'ellipsis' }
  | {
      readonly _tag: 'array'
      readonly shape: readonly number[]
      readonly values: readonly number[]
    }

export interface Read {
  readonly shape: readonly number[]
  /** Flat positions in the operand, row-major in `shape`. */
  readonly from: readonly number[]
}

const count = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** All positions of a Python slice, by stepping. */
export const pythonSlice = (
  n: number,
  start: number | null,
  stop: number | null,
  step: number | null
): readonly number[] => {
  const by = step ?? 1
  const out: number[] = []
  if (by > 0) {
    const clamp = (v: number): number => Math.min(n, Math.max(0, v < 0 ? v + n : v))
    const end = stop === null ? n : clamp(stop)
    for (let i = start === null ? 0 : clamp(start); i < end; i += by) out.push(i)
  } else {
    const clamp = (v: number): number => Math.min(n - 1, Math.max(-1, v < 0 ? v + n : v))
    const end = stop === null ? -1 : clamp(stop)
    for (let i = start === null ? n - 1 : clamp(start); i > end; i += by) out.push(i)
  }
  return out
}

const broadcastShape = (shapes: readonly (readonly number[])[]): readonly number[] => {
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) =>
    shapes.reduce((n, s) => {
      const d = s[i - (rank - s.length)] ?? 1
      return d === 1 ? n : d
    }, 1)
  )
}

/** Element of an array broadcast to the shape that `at` indexes. */
const lookup = (
  a: { readonly shape: readonly number[]; readonly values: readonly number[] },
  at: readonly number[]
): number => {
  let flat = 0
  a.shape.forEach((d, i) => {
    const p = at[at.length - a.shape.length + i]
    flat = flat * d + (d === 1 ? 0 : p)
  })
  return a.values[flat]
}

const unravel = (flat: number, shape: readonly number[]): readonly number[] => {
  const out = shape.map(() => 0)
  let rest = flat
  for (let i = shape.length - 1; i >= 0; i--) {
    out[i] = rest % shape[i]
    rest = Math.floor(rest / shape[i])
  }
  return out
}

/** x[index] as NumPy reads it. */
export const readReference = (shape: readonly number[], index: readonly RefIndex[]): Read => {
  const used = index.filter((i) => i._tag !== 'newaxis' && i._tag !== 'ellipsis').length
  const full: RefIndex = { _tag: 'slice', start: null, stop: null, step: null }
  const missing = new Array<RefIndex>(shape.length - used).fill(full)
  const dots = index.findIndex((i) => i._tag === 'ellipsis')
  const expanded =
    dots < 0
      ? [...index, ...missing]
      : [...index.slice(0, dots), ...missing, ...index.slice(dots + 1)]
  const anyArray = expanded.some((i) => i._tag === 'array')
  const advanced = expanded.map((i) => i._tag === 'array' || (anyArray && i._tag === 'position'))
  const first = advanced.indexOf(true)
  const last = advanced.lastIndexOf(true)
  const together = first >= 0 && advanced.slice(first, last + 1).every(Boolean)
  const batch = broadcastShape(
    expanded.map((i) => (i._tag === 'array' ? i.shape : [])).concat([[]])
  )

  // Axes of the result: what each entry contributes, with the batch put where NumPy puts it.
  let axis = 0
  const axes = expanded.map((i) => (i._tag === 'newaxis' ? -1 : axis++))
  const parts: {
    readonly entry: number
    readonly length: number
    readonly positions: readonly number[]
  }[] = []
  let batchAt = anyArray ? 0 : -1
  expanded.forEach((i, e) => {
    if (together && e === first && anyArray) batchAt = parts.length
    if (i._tag === 'newaxis') parts.push({ entry: e, length: 1, positions: [0] })
    if (i._tag === 'slice') {
      const positions = pythonSlice(shape[axes[e]], i.start, i.stop, i.step)
      parts.push({ entry: e, length: positions.length, positions })
    }
  })
  const before = parts.slice(0, Math.max(0, batchAt))
  const after = parts.slice(Math.max(0, batchAt))
  const batchShape = anyArray ? batch : []
  const result = [...before.map((p) => p.length), ...batchShape, ...after.map((p) => p.length)]

  const from = Array.from({ length: count(result) }, (_, flat) => {
    const place = unravel(flat, result)
    const inBatch = place.slice(before.length, before.length + batchShape.length)
    const operand = shape.map(() => 0)
    expanded.forEach((i, e) => {
      if (i._tag === 'position') operand[axes[e]] = i.at < 0 ? i.at + shape[axes[e]] : i.at
      if (i._tag === 'array') {
        const v = lookup(i, inBatch)
        operand[axes[e]] = v < 0 ? v + shape[axes[e]] : v
      }
      const own = parts.findIndex((p) => p.entry === e)
      if (i._tag === 'slice') {
        const at = place[own < before.length ? own : own + batchShape.length]
        operand[axes[e]] = parts[own].positions[at]
      }
    })
    return operand.reduce((n, p, a) => n * shape[a] + p, 0)
  })
  return { shape: result, from }
}
