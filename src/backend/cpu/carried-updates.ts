/**
 * Loops that change a part of what they carry. A trip copies what the last one left and changes
 * the copy; where nothing needs what was there before, it changes that instead, and the copy goes:
 * a cache that a generating loop fills costs what is written, not all of it in every trip.
 */
import { sizeOf } from '../../core/shape.ts'
import { rowMajor, sameAffine } from '../../kernel/affine.ts'
import { type CodeKernel, withBuffers } from '../../kernel/canonical.ts'
import type { Buffer, Carry, Kernel, Loop, Nest, Program, Stage } from '../../kernel/ir.ts'
import { withoutStage } from '../../kernel/join-stages.ts'
import { readsOf, storesOf, writesOf } from '../../kernel/stage.ts'
import { usesOf } from '../../kernel/uses.ts'
import { buffersRead } from '../../kernel/walk.ts'

const touches = (k: Kernel, buffer: number): boolean => {
  const { reads, writes } = usesOf(k)
  return reads.includes(buffer) || writes.includes(buffer)
}

/** Whether the stage copies all of `current` to `next` as it lies. */
const copies = (nest: Nest, s: Stage, { current, next }: Carry, size: number): boolean => {
  if (s._tag !== 'map' || s.stores.length !== 1) return false
  const [{ buffer, index, base, value }] = s.stores
  const space = [...nest.axes, ...s.extents]
  return (
    buffer === next &&
    base === null &&
    value._tag === 'load' &&
    value.buffer === current &&
    value.base === null &&
    sizeOf(space) === size &&
    sameAffine(index, rowMajor(space)) &&
    sameAffine(value.index, index)
  )
}

/** The stage that makes the copy, the first to touch it, in a nest of stages in order; or −1. */
const copyAt = (k: Kernel, carry: Carry, size: number): number => {
  if (k._tag !== 'nest' || (k.axes.length > 0 && k.stages.length > 1)) return -1
  const at = k.stages.findIndex((s) => readsOf(s).has(carry.next) || writesOf(s).has(carry.next))
  return at >= 0 && copies(k, k.stages[at], carry, size) ? at : -1
}

/**
 * Whether what comes after the copy can do with one array. A single point reads before it writes;
 * whatever else reads the old values might find new ones.
 */
const canShare = (rest: readonly Kernel[], { current, next }: Carry): boolean => {
  let changed = false
  for (const k of rest) {
    const { reads, writes } = usesOf(k)
    if (writes.includes(current)) return false
    if (k._tag !== 'nest') {
      if (reads.includes(current)) return false
      changed ||= writes.includes(next)
      continue
    }
    for (const s of k.stages) {
      if (readsOf(s).has(current)) {
        const isPoint = s._tag === 'map' && sizeOf([...k.axes, ...s.extents]) === 1
        const places = storesOf(s).flatMap((o) => (o.base === null ? [] : [o.base]))
        if (changed || !isPoint || buffersRead(places).has(current)) return false
      }
      changed ||= writesOf(s).has(next)
    }
  }
  return true
}

const renamed = (kernel: Kernel, from: number, to: number): Kernel => {
  const rename = (b: number): number => (b === from ? to : b)
  const all = (kernels: readonly Kernel[]): readonly Kernel[] =>
    kernels.map((k) => renamed(k, from, to))
  switch (kernel._tag) {
    case 'sort':
    case 'library':
      return {
        ...kernel,
        inputs: kernel.inputs.map(rename),
        outputs: kernel.outputs.map(rename)
      }
    case 'loop':
      return { ...kernel, condition: all(kernel.condition), body: all(kernel.body) }
    case 'branch':
      return { ...kernel, branches: kernel.branches.map(all) }
    default:
      return withBuffers(kernel satisfies CodeKernel, rename)
  }
}

/** The body that updates `current` itself, or null. */
const inPlace = (
  loop: Loop,
  carry: Carry,
  buffers: readonly Buffer[]
): readonly Kernel[] | null => {
  const { current, next } = carry
  const others = loop.carries.filter((c) => c !== carry).flatMap((c) => [c.current, c.next])
  const inner = [loop.counter, loop.predicate, ...others]
  if (inner.includes(current) || inner.includes(next)) return null
  if (loop.condition.some((k) => touches(k, next))) return null
  const { body } = loop
  const at = body.findIndex((k) => touches(k, next))
  const nest = body[at]
  if (at < 0 || nest._tag !== 'nest') return null
  const stage = copyAt(nest, carry, buffers[next].size)
  if (stage < 0 || body.some((k) => isLoopOver(k, [current, next]))) return null
  const rest: Nest = { ...nest, stages: nest.stages.slice(stage + 1) }
  if (body.slice(0, at).some((k) => usesOf(k).writes.includes(current))) return null
  if (nest.stages.some((s) => writesOf(s).has(current))) return null
  if (!canShare([rest, ...body.slice(at + 1)], carry)) return null
  const stages = withoutStage(nest.stages, stage, stage, 0)
  return [
    ...body.slice(0, at),
    ...(stages.length === 0 ? [] : [{ ...nest, stages }]),
    ...body.slice(at + 1)
  ].map((k) => renamed(k, next, current))
}

/** Whether a loop or branch inside needs one of the buffers for its own control. */
const isLoopOver = (k: Kernel, buffers: readonly number[]): boolean => {
  switch (k._tag) {
    case 'loop': {
      const own = [k.counter, k.predicate, ...k.carries.flatMap((c) => [c.current, c.next])]
      return (
        own.some((b) => b !== null && buffers.includes(b)) ||
        [...k.condition, ...k.body].some((inner) => isLoopOver(inner, buffers))
      )
    }
    case 'branch':
      return buffers.includes(k.index) || k.branches.flat().some((b) => isLoopOver(b, buffers))
    default:
      return false
  }
}

const visit = (kernel: Kernel, buffers: readonly Buffer[]): Kernel => {
  const all = (kernels: readonly Kernel[]): readonly Kernel[] =>
    kernels.map((k) => visit(k, buffers))
  switch (kernel._tag) {
    case 'branch':
      return { ...kernel, branches: kernel.branches.map(all) }
    case 'loop': {
      let loop: Loop = { ...kernel, condition: all(kernel.condition), body: all(kernel.body) }
      for (const carry of kernel.carries) {
        const body = inPlace(loop, carry, buffers)
        if (body !== null)
          loop = { ...loop, body, carries: loop.carries.filter((c) => c !== carry) }
      }
      return loop
    }
    default:
      return kernel
  }
}

/** The program with carries updated where they lie, where that is the same. */
export const updateCarries = (program: Program): Program => ({
  ...program,
  kernels: program.kernels.map((k) => visit(k, program.buffers))
})
