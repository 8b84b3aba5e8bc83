/** Lines of `explain` on memory and threads: where buffers lie, and what is shared by how many. */
import type { BufferPlaces, BufferReport, ThreadsReport } from '../backend/backend.ts'
import { hostBytes } from '../core/dtype.ts'
import type { Program } from '../kernel/ir.ts'

/** 1.5 kB */
export const quantity = (n: number, unit: string): string => {
  const scale =
    n >= 1e9
      ? (['G', 1e9] as const)
      : n >= 1e6
        ? (['M', 1e6] as const)
        : n >= 1e3
          ? (['k', 1e3] as const)
          : (['', 1] as const)
  return `${Number((n / scale[1]).toPrecision(3))} ${scale[0]}${unit}`
}

/** Buffers in use, by number. */
export const reportBuffers = (
  { buffers }: Program,
  { offsets, lifetimes, inPlace, elsewhere }: BufferPlaces
): readonly BufferReport[] => {
  const replaced = new Map(inPlace.map((p) => [p.result, p.operand]))
  return buffers.flatMap((b): readonly BufferReport[] => {
    const life = lifetimes[b.id]
    if (life === null) return []
    return [
      {
        id: b.id,
        role: b.role,
        dtype: b.dtype,
        bytes: b.size * hostBytes(b.dtype),
        offset: elsewhere.has(b.id) ? null : offsets[b.id],
        ...life,
        inPlaceOf: replaced.get(b.id) ?? null
      }
    ]
  })
}

const placeOf = (b: BufferReport): string => {
  const place = b.offset === null ? 'stays between calls' : `at ${b.offset}`
  if (b.inPlaceOf === null) return place
  return `${place}, in the place of b${b.inPlaceOf}${b.offset === null ? ' where that is donated' : ''}`
}

/** A line per buffer: its size, the kernels from which to which it is needed, its place. */
export const bufferLines = (buffers: readonly BufferReport[]): readonly string[] =>
  buffers.map((b) =>
    [
      `b${b.id}`.padStart(6),
      quantity(b.bytes, 'B').padStart(10),
      `kernels ${b.first}–${b.last}`.padEnd(16),
      placeOf(b)
    ].join('  ')
  )

/** How many threads the CPU backend has, and why there are fewer than asked for. */
export const threadsLine = ({ wanted, ready, problem }: ThreadsReport): string => {
  if (problem !== '') return `threads: 1 of ${wanted}: ${problem}`
  if (wanted === 1) return 'threads: 1'
  return ready === wanted - 1
    ? `threads: ${wanted}`
    : `threads: ${wanted}, of which ${1 + ready} run; the others start with the first kernel to share`
}
