/** Which kernels of a program run on the device, and which on the CPU and why. */
import type { Either } from 'fp-ts/lib/Either.js'
import { hostBytes } from '../../core/dtype.ts'
import type { Buffer, Kernel, Loop, Program } from '../../kernel/ir.ts'
import { usesOf } from '../../kernel/uses.ts'
import type { KernelPlacement } from '../backend.ts'
import type { Abilities } from './passes/legalize.ts'

const accepted: Either<string, void> = { _tag: 'Right', right: undefined }
const refused = (reason: string): Either<string, void> => ({ _tag: 'Left', left: reason })

/** Whether a loop runs on the device as a whole: it has to, or every trip would wait. */
const placeLoop = (
  k: Loop,
  buffers: readonly Buffer[],
  abilities: Abilities
): Either<string, void> => {
  if (k.trips === null || k.predicate !== null)
    return refused('the data decide how often the loop runs')
  for (const inner of k.body) {
    if (inner._tag === 'branch') return refused('in the body of the loop: a branch')
    const answer = place(inner, buffers, abilities)
    if (answer._tag === 'Left') return refused(`in the body of the loop: ${answer.left}`)
  }
  return accepted
}

/** Left: why the kernel has to run on the CPU. A branch is the host's, its parts are their own. */
export const place = (
  k: Kernel,
  buffers: readonly Buffer[],
  abilities: Abilities
): Either<string, void> => {
  if (k._tag === 'loop') return placeLoop(k, buffers, abilities)
  return k._tag === 'branch' ? accepted : abilities.supports(k, buffers)
}

const kindOf = (k: Kernel): string => (k._tag === 'library' ? k.name : k._tag)

/** A kernel each, a loop or branch before the kernels of its body. */
export const placements = (
  { kernels, buffers }: Program,
  device: string,
  abilities: Abilities
): readonly KernelPlacement[] => {
  const bytes = (ids: readonly number[]): number =>
    ids.reduce((n, b) => n + buffers[b].size * hostBytes(buffers[b].dtype), 0)
  const onCpu = (k: Kernel, reason: string, crosses: boolean): KernelPlacement => {
    const { reads, writes } = usesOf(k)
    return {
      backend: 'cpu',
      kind: kindOf(k),
      reason,
      bytesOut: crosses ? bytes(reads) : 0,
      bytesBack: crosses ? bytes(writes) : 0
    }
  }
  /** Kernels inside of a loop that the CPU runs cross nothing of their own. */
  const inside = (k: Kernel, reason: string): readonly KernelPlacement[] => {
    if (k._tag === 'loop')
      return [onCpu(k, reason, false), ...k.body.flatMap((x) => inside(x, reason))]
    if (k._tag !== 'branch') return [onCpu(k, reason, false)]
    return [onCpu(k, reason, false), ...k.branches.flat().flatMap((x) => inside(x, reason))]
  }
  const of = (k: Kernel): readonly KernelPlacement[] => {
    const answer = place(k, buffers, abilities)
    const own =
      answer._tag === 'Left'
        ? onCpu(k, answer.left, true)
        : { backend: device, kind: kindOf(k), reason: null, bytesOut: 0, bytesBack: 0 }
    if (k._tag === 'loop') {
      const parts = k.body.flatMap((x) => (answer._tag === 'Left' ? inside(x, answer.left) : of(x)))
      return [own, ...parts]
    }
    if (k._tag === 'branch') {
      const read = { ...own, reason: 'the index is read back', bytesOut: 4 }
      return [read, ...k.branches.flatMap((b) => b.flatMap(of))]
    }
    return [own]
  }
  return kernels.flatMap(of)
}
