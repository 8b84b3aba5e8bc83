/**
 * Joins neighbouring nests, so that a program has few kernels and a loop body few calls.
 *
 * Two maps in a row join as stages of one nest without parallel axes. Stages run one after the
 * other over the whole of their extents, so later ones may read what earlier ones stored and
 * nothing has to be proved. The optimizer updates of all parameters become one kernel this way.
 * Reductions join what shares their rows (join-rows.ts), and maps over one space become one stage
 * (join-maps.ts). A nest may step over kernels that have nothing to do with it.
 */
import { sizeOf } from '../core/shape.ts'
import { withoutUnitAxes } from './shared-axes.ts'
import type { Kernel, Nest, Program, Stage } from './ir.ts'
import { joinMaps } from './join-maps.ts'
import { joinRows } from './join-rows.ts'
import { joinStages } from './join-stages.ts'
import { type Uses, usesOf } from './uses.ts'

/** The maps of a nest as a sequence of stages over no parallel axes, or null. */
const asSequence = ({ axes, stages }: Nest): readonly Stage[] | null => {
  if (stages.some((s) => s._tag !== 'map')) return null
  if (axes.length === 0) return stages
  if (stages.some((s) => s.extents.length > 0)) return null
  return stages.map((s): Stage => ({ ...s, extents: axes }) as Stage) // all are maps
}

/** {@link Uses} as sets. */
interface Touched {
  readonly reads: Set<number>
  readonly writes: Set<number>
}

const touchedBy = (k: Kernel): Touched => {
  const { reads, writes }: Uses = usesOf(k)
  return { reads: new Set(reads), writes: new Set(writes) }
}

/** Adds what `b` touches to what a group of kernels does: with hundreds in it, copies would tell. */
const addUses = (group: Touched, b: Touched): void => {
  for (const x of b.reads) group.reads.add(x)
  for (const x of b.writes) group.writes.add(x)
}

const meet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  const [few, many] = a.size < b.size ? [a, b] : [b, a]
  for (const x of few) if (many.has(x)) return true
  return false
}

const independent = (a: Touched, b: Touched): boolean =>
  !meet(a.writes, b.reads) && !meet(a.reads, b.writes) && !meet(a.writes, b.writes)

/** Kernels that a nest may step over to join one like it. */
const maxDistance = 8

const hasEffects = (k: Kernel): boolean => k._tag === 'library'

/** So few elements matter neither to caches nor to the memory in use. */
const fewElements = 1024

const points = (nest: Nest): number =>
  sizeOf(nest.axes) * Math.max(...nest.stages.map((s) => sizeOf(s.extents)))

const written = (nest: Nest): number =>
  sizeOf(nest.axes) *
  Math.max(0, ...nest.stages.map((s) => (s._tag === 'reduce' ? 0 : sizeOf(s.extents))))

/**
 * Whether a nest may run early, beside one that it shares arrays with. What it writes lives for
 * longer then, so it must be little: a recomputed activation has to wait until it is needed.
 */
const belong = (a: Touched, b: Touched, nest: Nest): boolean =>
  points(nest) <= fewElements ||
  (written(nest) <= fewElements && (meet(a.reads, b.reads) || meet(a.writes, b.reads)))

const mergeList = (kernels: readonly Kernel[]): readonly Kernel[] => {
  const merged: Kernel[] = []
  const uses: Touched[] = []
  /** The stages of nests that are sequences already: lists that grow, since copies would tell. */
  const sequences: (Stage[] | null)[] = []
  const join = (i: number, nest: Nest): boolean => {
    const before = merged[i]
    if (before._tag !== 'nest') return false
    const growing = sequences[i]
    // A sequence has no rows to share.
    const rows = growing === null ? joinRows(before, nest) : null
    if (rows !== null) {
      merged[i] = rows
      return true
    }
    const more = asSequence(nest)
    const first = more === null ? null : (growing ?? asSequence(before))
    if (more === null || first === null) return false
    const stages = growing ?? [...first]
    stages.push(...more)
    sequences[i] = stages
    merged[i] = { _tag: 'nest', axes: [], stages }
    return true
  }
  for (const kernel of kernels) {
    const whole = descend(kernel)
    const inner = whole._tag === 'nest' ? withoutUnitAxes(whole) : whole
    const own = touchedBy(inner)
    let joined = false
    const last = merged.length - 1
    for (let i = last; i >= 0 && i >= last - maxDistance && inner._tag === 'nest'; i--) {
      joined = (i === last || belong(uses[i], own, inner)) && join(i, inner)
      if (joined) {
        addUses(uses[i], own)
        break
      }
      if (hasEffects(merged[i]) || !independent(uses[i], own)) break
    }
    if (joined) continue
    merged.push(inner)
    uses.push(own)
    sequences.push(null)
  }
  return merged.map((k) => (k._tag === 'nest' ? finished(k) : k))
}

const finished = (nest: Nest): Nest =>
  nest.axes.length === 0 && nest.stages.every((s) => s._tag === 'map')
    ? { ...nest, stages: joinMaps(nest.stages) }
    : joinStages(nest)

const descend = (kernel: Kernel): Kernel => {
  switch (kernel._tag) {
    case 'loop':
      return {
        ...kernel,
        condition: mergeList(kernel.condition),
        body: mergeList(kernel.body)
      }
    case 'branch':
      return { ...kernel, branches: kernel.branches.map(mergeList) }
    default:
      return kernel
  }
}

/** The program with neighbouring maps joined. */
export const mergeNests = (program: Program): Program => ({
  ...program,
  kernels: mergeList(program.kernels)
})
