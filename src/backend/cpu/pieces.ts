/** Whether kernels are long enough to be shared, and long sums in pieces, so that they can be. */
import type { CodeKernel } from '../../kernel/canonical.ts'
import type { Convolution, Kernel, Nest, Program } from '../../kernel/ir.ts'
import { leastUnits, unitsOfNest } from './nest/nest.ts'
import { splitNest } from './nest/split-reduction.ts'
import { packedFor } from './product/packed-convolutions.ts'
import { kernelTime } from './threads/kernel-time.ts'
import { splitKernels } from './threads/split-program.ts'

/** Nanoseconds of work that are worth sharing. */
export const defaultLeast = 40_000

/** Nanoseconds of a tile: long beside what it costs to claim one, short beside a kernel. */
const tileTime = 50_000

/** Enough for many threads to end at about the same time. */
const mostTiles = 64

/** Good numbers of tiles for a kernel; 1 below the least time that is worth cutting. */
export const wantedTiles = (kernel: CodeKernel, least: number): number => {
  const time = kernelTime(kernel)
  if (time < least) return 1
  return Math.min(mostTiles, Math.max(4, Math.round(time / tileTime)))
}

/** Tiles that a kernel should at least fall into, to keep a few threads busy to the end. */
const leastTiles = 8

/** Pieces in which the reductions of a nest have to be computed for threads to share it; 1: as it is. */
const piecesOfNest = (nest: Nest, leastSplit: number): number => {
  if (!nest.stages.some((s) => s._tag === 'reduce')) return 1
  const wanted = wantedTiles(nest, leastSplit)
  if (wanted === 1 || nest.axes.includes(0)) return 1
  if (leastUnits(nest) >= Math.min(wanted, leastTiles)) return 1
  const longest = Math.max(...nest.stages.flatMap((s) => s.extents), 0)
  const pieces = Math.min(Math.ceil(wanted / unitsOfNest(nest)), Math.floor(longest / 4))
  return nest.stages.some((s) => s._tag === 'scan') ? 1 : Math.max(1, pieces)
}

/** The program with long sums of few results in pieces that can be computed side by side. */
export const inPieces = (program: Program, leastSplit = defaultLeast): Program =>
  splitKernels(program, (kernel, allocate) => {
    const packed = kernel._tag === 'convolution' ? packedFor(kernel) : null
    const isLong = (k: Convolution): boolean => wantedTiles(k, leastSplit) > 1
    const kernels =
      kernel._tag === 'convolution' && packed !== null
        ? packed.replace(kernel, isLong, allocate)
        : [kernel]
    return kernels.flatMap((k): readonly Kernel[] =>
      k._tag === 'nest' ? splitNest(k, piecesOfNest(k, leastSplit), allocate) : [k]
    )
  })
