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
import type { Buffer, Contraction, Convolution, Kernel, Loop, Program } from '../../../kernel/ir.ts'
import { binary, constant, load } from '../../../kernel/make.ts'
import { place } from '../placement.ts'
import { fitPass } from './fit.ts'
import { packMaps } from './pack.ts'
import type { Pass, PassBuffer } from './pass.ts'
import { type Step, usesOfPass } from './step.ts'
import { splitNest } from './split-nest.ts'
import { productInFours } from './product-in-fours.ts'
import { splitProduct } from './split-product.ts'
import { splitScatter } from './split-scatter.ts'
import { splitSort } from './split-sort.ts'

/** What a machine can do. */
export interface Abilities {
  /** Buffers that one pass may touch. */
  readonly maxBuffers: number
  readonly atomics: boolean
  /** Whether groups of threads share memory, so that products can be tiled; else threads have four results. */
  readonly tiles: boolean
  /** Whether arrays may lie side by side in one buffer, so that maps over many are one launch. */
  readonly packs: boolean
  /** Types whose arrays stay on the host. */
  readonly isHostOnly: (dtype: DType) => boolean
  /** Left: why the kernel has to run on the CPU. Loops and branches are asked for their parts. */
  readonly supports: (kernel: Kernel, buffers: readonly Buffer[]) => Either<string, void>
}

export interface Legal {
  readonly buffers: readonly PassBuffer[]
  readonly steps: readonly Step[]
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

  /** A pass over a pack uses what lies in it. */
  const withParts = (used: readonly number[]): readonly number[] =>
    used.flatMap((b) => [b, ...(buffers[b].parts ?? []).map((p) => p.buffer)])

  const step = (pass: Pass): Step => {
    const { reads, writes } = usesOfPass(pass)
    return {
      _tag: 'pass',
      pass,
      reads: withParts(reads),
      writes: withParts(writes).filter((b) => buffers[b].parts === undefined)
    }
  }

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
    return passesOf(k).map(step)
  }

  /** Steps whose passes touch no more buffers than a launch may. */
  const fitted = (s: Step): readonly Step[] => {
    switch (s._tag) {
      case 'pass': {
        const passes = fitPass(s.pass, abilities.maxBuffers, allocate)
        return passes.length === 1 && passes[0] === s.pass ? [s] : passes.map(step)
      }
      case 'host':
        return [s]
      case 'loop':
        return [{ ...s, body: s.body.flatMap(fitted) }]
      case 'branch':
        return [{ ...s, branches: s.branches.map((b) => b.flatMap(fitted)) }]
    }
  }

  const steps = program.kernels.flatMap(stepsOf)
  const packed = abilities.packs ? packMaps(steps, buffers, step) : steps
  return { buffers, steps: packed.flatMap(fitted) }
}
