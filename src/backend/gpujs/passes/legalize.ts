/**
 * A program as steps for a GPU: passes, control of the host, and kernels that the CPU runs because
 * the GPU cannot. It extends the table of buffers by temporaries of its own.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { DType, HostData } from '../../../core/dtype.ts'
import { constantIndex } from '../../../kernel/affine.ts'
import { convolutionAsNest } from '../../../kernel/as-nest.ts'
import { channelwiseForm, hasFewFeatures } from '../../../kernel/channelwise.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type {
  Branch,
  Buffer,
  Carry,
  Contraction,
  Convolution,
  Kernel,
  Loop,
  Program
} from '../../../kernel/ir.ts'
import { binary, constant, load } from '../../../kernel/make.ts'
import { usesOf } from '../../../kernel/uses.ts'
import { place } from '../placement.ts'
import { fitPass } from './fit.ts'
import { type Pass, type PassBuffer, rootsOf } from './pass.ts'
import { splitNest } from './split-nest.ts'
import { productInFours } from './product-in-fours.ts'
import { splitProduct } from './split-product.ts'
import { splitScatter } from './split-scatter.ts'
import { splitSort } from './split-sort.ts'
import { buffersRead } from '../../../kernel/walk.ts'

export type Step =
  | {
      readonly _tag: 'pass'
      readonly pass: Pass
      readonly reads: readonly number[]
      readonly writes: readonly number[]
    }
  | { readonly _tag: 'host'; readonly kernel: Kernel; readonly reason: string }
  | {
      readonly _tag: 'loop'
      readonly trips: number
      readonly carries: readonly Carry[]
      /** Set the counter to 0 before the first trip, and one higher after each. */
      readonly start: readonly Step[]
      readonly body: readonly Step[]
    }
  | {
      readonly _tag: 'branch'
      readonly kernel: Branch
      readonly branches: readonly (readonly Step[])[]
    }

/** What a machine can do. */
export interface Abilities {
  /** Buffers that one pass may touch. */
  readonly maxBuffers: number
  readonly atomics: boolean
  /** Whether groups of threads share memory, so that products can be tiled; else threads have four results. */
  readonly tiles: boolean
  /** Types whose arrays stay on the host. */
  readonly isHostOnly: (dtype: DType) => boolean
  /** Left: why the kernel has to run on the CPU. Loops and branches are asked for their parts. */
  readonly supports: (kernel: Kernel, buffers: readonly Buffer[]) => Either<string, void>
}

export interface Legal {
  readonly buffers: readonly Buffer[]
  readonly steps: readonly Step[]
}

/** Buffers that a pass reads and writes. */
export const usesOfPass = (
  p: Pass
): { readonly reads: readonly number[]; readonly writes: readonly number[] } => {
  const read = new Set(buffersRead(rootsOf(p)))
  switch (p._tag) {
    case 'map':
    case 'reduce':
      return { reads: [...read], writes: [...new Set(p.stores.map((s) => s.buffer))] }
    case 'product':
      read.add(p.kernel.lhs.buffer)
      read.add(p.kernel.rhs.buffer)
      return { reads: [...read], writes: [p.partial ?? p.kernel.out.buffer] }
    case 'fours':
      return { reads: [...read], writes: [p.out] }
    case 'scatter': {
      const target = p.kernel.place.buffer
      if (p.way === 'claim') return { reads: [...read], writes: [p.claims as number] } // made for it
      if (p.way === 'write') read.add(p.claims as number)
      read.add(target)
      return { reads: [...read], writes: [target] }
    }
  }
}

export const legalize = (program: Program, abilities: Abilities): Legal => {
  const buffers: PassBuffer[] = [...program.buffers]
  const add = (dtype: ScalarType, size: number, data: HostData | null): number =>
    buffers.push({
      id: buffers.length,
      dtype,
      size,
      role: data === null ? 'temporary' : 'constant',
      data
    }) - 1
  const allocate = (dtype: ScalarType, size: number): number => add(dtype, size, null)
  const allocateConstant = (data: HostData): number => add('int32', data.length, data)

  const allocateFours = (size: number): number => {
    const id = allocate('float32', size)
    buffers[id] = { ...buffers[id], isFours: true }
    return id
  }

  const products = (k: Contraction | Convolution): readonly Pass[] =>
    abilities.tiles ? splitProduct(k, allocate) : productInFours(k, allocate, allocateFours)

  const passesOf = (k: Kernel): readonly Pass[] => {
    switch (k._tag) {
      case 'nest':
        return splitNest(k, allocate)
      case 'convolution':
        // Single channels leave the tiles of a product empty.
        if (channelwiseForm(k) !== null || hasFewFeatures(k))
          return splitNest(convolutionAsNest(k), allocate)
        return products(k)
      case 'contraction':
        return products(k)
      case 'scatter':
        return splitScatter(k, buffers[k.place.buffer].size, abilities.atomics, allocate)
      case 'sort':
        return splitSort(k, buffers, allocate, allocateConstant)
      default:
        return []
    }
  }

  const step = (pass: Pass): Step => ({ _tag: 'pass', pass, ...usesOfPass(pass) })

  const count = (counter: number, value: Expr): Step =>
    step({
      _tag: 'map',
      space: [1],
      stores: [{ buffer: counter, index: constantIndex(0), base: null, value }]
    })

  const loopSteps = (k: Loop): readonly Step[] => {
    const { counter, trips } = k
    const placed = place(k, buffers, abilities)
    if (placed._tag === 'Left' || trips === null)
      return [{ _tag: 'host', kernel: k, reason: placed._tag === 'Left' ? placed.left : '' }]
    const body = k.body.flatMap(stepsOf)
    const int = (n: number): Expr => constant('int32', n)
    const now = counter === null ? null : load('int32', counter, constantIndex(0))
    return [
      {
        _tag: 'loop',
        trips,
        carries: k.carries,
        start: counter === null ? [] : [count(counter, int(0))],
        body:
          counter === null || now === null
            ? body
            : [...body, count(counter, binary('add', now, int(1)))]
      }
    ]
  }

  const stepsOf = (k: Kernel): readonly Step[] => {
    if (k._tag === 'loop') return loopSteps(k)
    if (k._tag === 'branch') {
      return [{ _tag: 'branch', kernel: k, branches: k.branches.map((b) => b.flatMap(stepsOf)) }]
    }
    const supported = abilities.supports(k, buffers)
    if (supported._tag === 'Left') return [{ _tag: 'host', kernel: k, reason: supported.left }]
    return passesOf(k)
      .flatMap((p) => fitPass(p, abilities.maxBuffers, allocate))
      .map(step)
  }

  const steps = program.kernels.flatMap(stepsOf)
  return { buffers, steps }
}

/** Buffers that a step touches, inner steps included. */
export const buffersOfStep = (s: Step): readonly number[] => {
  switch (s._tag) {
    case 'pass':
      return [...s.reads, ...s.writes]
    case 'host': {
      const { reads, writes } = usesOf(s.kernel)
      return [...reads, ...writes]
    }
    case 'loop':
      return [
        ...s.carries.flatMap((c) => [c.current, c.next]),
        ...[...s.start, ...s.body].flatMap(buffersOfStep)
      ]
    case 'branch':
      return [s.kernel.index, ...s.branches.flat().flatMap(buffersOfStep)]
  }
}
