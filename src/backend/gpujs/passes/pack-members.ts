/** Which passes of a program may be one launch over packs (pack.ts), in groups. */
import { kindOf } from '../../../core/dtype.ts'
import { type Affine, coefficient, showAffine } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { load } from '../../../kernel/make.ts'
import { showExpr } from '../../../kernel/show.ts'
import { nodes, rewriter } from '../../../kernel/walk.ts'
import { collapse } from './collapse.ts'
import type { MapPass, Pass, PassBuffer, ReducePass } from './pass.ts'
import { buffersOfStep, type Step } from './step.ts'

/** Words to which arrays of a pack are aligned: the offset of a binding is a multiple of 256 bytes. */
const alignment = 64
/** An array of more elements is worth a launch of its own, and a pack stays below a binding's size. */
const mostOfArray = 2 ** 20
const mostOfPack = 2 ** 23

/** A pass that may be a member. */
export interface Member {
  readonly at: number // the step
  readonly key: string
  /** Own arrays by role, those read first; the others are shared by all members. */
  readonly roles: readonly number[]
  readonly pass: MapPass | ReducePass
  /** Whether the pass is one axis over whole arrays, so that members may differ in length. */
  readonly isFlat: boolean
}

export interface Group {
  readonly members: Member[]
  readonly reads: Set<number>
  readonly writes: Set<number>
  words: number
}

export const alignedWords = (size: number): number => Math.ceil(size / alignment) * alignment

/** Whether an array may lie in a pack for the sake of the pass. */
type MayMove = (buffer: number, pass: MapPass | ReducePass) => boolean

const rootsOfPass = (pass: MapPass | ReducePass): readonly Expr[] => [
  ...(pass._tag === 'reduce' ? pass.reductions.map((r) => r.value) : []),
  ...pass.stores.map((s) => s.value)
]

const memberOf = (
  given: Pass,
  at: number,
  buffers: readonly PassBuffer[],
  mayMove: MayMove
): Member | null => {
  if (given._tag !== 'map' && given._tag !== 'reduce') return null
  const pass = given._tag === 'map' ? collapse(given) : given
  const space = pass._tag === 'map' ? pass.space : [...pass.axes, ...pass.extents]
  const isPlain = pass.stores.every((s) => s.base === null)
  const hasPositions = pass._tag === 'reduce' && pass.reductions.some((r) => r.position !== null)
  if (space.length === 0 || !isPlain || hasPositions) return null
  const roles: number[] = []
  let isFlat = pass._tag === 'map' && space.length === 1
  const own = (buffer: number, index: Affine): boolean => {
    if (!mayMove(buffer, pass)) return false
    if (!(index.offset === 0 && coefficient(index, 0) === 1 && buffers[buffer].size === space[0]))
      isFlat = false
    if (!roles.includes(buffer)) roles.push(buffer)
    return true
  }
  const shared = new Set<number>()
  for (const e of nodes(rootsOfPass(pass))) {
    if (e._tag === 'call') return null
    if (e._tag === 'iota' || e._tag === 'guard') isFlat = false
    if (e._tag !== 'load') continue
    if (e.base !== null) return null
    if (e.index.coefficients.length === 0) shared.add(e.buffer)
    else if (!own(e.buffer, e.index)) return null
  }
  if (roles.some((b) => shared.has(b))) return null
  // What is stored over is no member: nobody could say in which order.
  const stored = new Set<number>()
  for (const s of pass.stores) {
    if (roles.includes(s.buffer) && !stored.has(s.buffer)) return null
    stored.add(s.buffer)
    if (!own(s.buffer, s.index)) return null
  }
  const named = rewriter((e) =>
    e._tag === 'load' && roles.includes(e.buffer)
      ? load(e.dtype, -1 - roles.indexOf(e.buffer), e.index)
      : e
  )
  const role = (b: number): string => `${buffers[b].dtype} ${isFlat ? '' : buffers[b].size}`
  const key = [
    isFlat
      ? 'flat'
      : `${pass._tag} ${space.join()} ${pass._tag === 'reduce' ? pass.axes.length : ''}`,
    ...roles.map(role),
    ...(pass._tag === 'reduce'
      ? pass.reductions.map((r) => `${r.monoid} ${showExpr(named(r.value))}`)
      : []),
    ...pass.stores.map(
      (s) => `${roles.indexOf(s.buffer)} ${showAffine(s.index)} = ${showExpr(named(s.value))}`
    )
  ].join('; ')
  return { at, key, roles, pass, isFlat }
}

/**
 * The members in groups, those of many first. A step that stands in the way of moving a member ends
 * its group.
 */
export const groupsOf = (
  steps: readonly Step[],
  buffers: readonly PassBuffer[]
): readonly Group[] => {
  // Loops exchange buffers and the host replaces them: those stay where they are.
  const fixed = new Set(steps.flatMap((s) => (s._tag === 'pass' ? [] : buffersOfStep(s))))
  const mayMove: MayMove = (b, pass) => {
    const { data, dtype, role, size } = buffers[b]
    if (data !== null || fixed.has(b) || size > mostOfArray || kindOf(dtype) === 'complex')
      return false
    // A map gives its results the places that a next call finds its arrays in; a reduction has
    // nothing like it, and bringing its arrays together would be as much work as it is.
    return role !== 'input' || pass._tag === 'map'
  }
  const wordsOf = (m: Member): number =>
    Math.max(...m.roles.map((b) => alignedWords(buffers[b].size)))
  const open = new Map<string, Group>()
  const done: Group[] = []
  steps.forEach((step, at) => {
    const member = step._tag === 'pass' ? memberOf(step.pass, at, buffers, mayMove) : null
    const [reads, writes] =
      step._tag === 'pass' ? [step.reads, step.writes] : [buffersOfStep(step), buffersOfStep(step)]
    for (const [key, g] of open) {
      const isInTheWay =
        reads.some((b) => g.writes.has(b)) ||
        writes.some((b) => g.reads.has(b) || g.writes.has(b)) ||
        (key === member?.key && g.words + wordsOf(member) > mostOfPack)
      if (!isInTheWay) continue
      open.delete(key)
      done.push(g)
    }
    if (member === null) return
    const group = open.get(member.key) ?? {
      members: [],
      reads: new Set<number>(),
      writes: new Set<number>(),
      words: 0
    }
    group.members.push(member)
    group.words += wordsOf(member)
    reads.forEach((b) => group.reads.add(b))
    writes.forEach((b) => group.writes.add(b))
    open.set(member.key, group)
  })
  // Where two groups want the same array, the one that saves more has it.
  return [...done, ...open.values()]
    .filter((g) => g.members.length > 1)
    .toSorted((a, b) => b.members.length - a.members.length)
}
