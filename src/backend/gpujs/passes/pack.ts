/**
 * The same map over many arrays as one launch: the update of an optimizer, parameter by parameter.
 *
 * Arrays that play the same part in such maps (all parameters, all gradients, all moments) lie side
 * by side in one buffer, a pack; in all packs of a group the arrays of a member begin at the same
 * place. The maps then are one map over the packs, which touches as many buffers as one of them did.
 * Gaps between the arrays are computed as well, and nobody reads them.
 */
import { type Affine, affine, axisIndex } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Store } from '../../../kernel/ir.ts'
import { iota, load } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import { alignedWords, groupsOf, type Member } from './pack-members.ts'
import type { MapPass, Part, Pass, PassBuffer, ReducePass } from './pass.ts'
import type { Step } from './step.ts'

/** What will be side by side. */
interface Pack {
  readonly parts: readonly Part[]
  readonly words: number
}

/** A pass with its expressions and the places of its stores replaced. */
const rewritten = <P extends MapPass | ReducePass>(
  pass: P,
  put: (e: Expr) => Expr,
  place: (s: Store) => Store
): P => ({
  ...pass,
  stores: pass.stores.map((s) => place({ ...s, value: put(s.value) })),
  ...(pass._tag === 'reduce'
    ? { reductions: pass.reductions.map((r) => ({ ...r, value: put(r.value) })) }
    : {})
})

type PackOf = (buffer: number) => number | null

/** One axis over all of the packs. */
const flat = (pass: MapPass | ReducePass, packOf: PackOf, size: number): Pass => {
  const put = rewriter((e) => {
    const pack = e._tag === 'load' ? packOf(e.buffer) : null
    return pack === null ? e : load(e.dtype, pack, axisIndex(0))
  })
  const place = (s: Store): Store => ({ ...s, buffer: packOf(s.buffer) as number }) // stores are own
  return { ...rewritten(pass, put, place), _tag: 'map', space: [size] }
}

/** One more axis, the outermost, for the members. */
const stacked = (
  pass: MapPass | ReducePass,
  packOf: PackOf,
  count: number,
  stride: (pack: number) => number
): Pass => {
  const within = (pack: number, i: Affine): Affine =>
    affine(i.offset, [stride(pack), ...i.coefficients])
  const shift = (i: Affine): Affine => affine(i.offset, [0, ...i.coefficients])
  const put = rewriter((e) => {
    switch (e._tag) {
      case 'load': {
        const pack = packOf(e.buffer)
        return pack === null
          ? load(e.dtype, e.buffer, shift(e.index))
          : load(e.dtype, pack, within(pack, e.index))
      }
      case 'iota':
        return iota(e.dtype, shift(e.index))
      case 'guard':
        return { ...e, bounds: e.bounds.map((b) => ({ ...b, index: shift(b.index) })) }
      default:
        return e
    }
  })
  const place = (s: Store): Store => {
    const pack = packOf(s.buffer) as number // stores are own
    return { ...s, buffer: pack, index: within(pack, s.index) }
  }
  const moved = rewritten(pass, put, place)
  return moved._tag === 'map'
    ? { ...moved, space: [count, ...moved.space] }
    : { ...moved, axes: [count, ...moved.axes] }
}

/** The steps with such maps joined; packs and what lies in them are noted in the table of buffers. */
export const packMaps = (
  steps: readonly Step[],
  buffers: PassBuffer[],
  stepOf: (pass: Pass) => Step
): readonly Step[] => {
  const packs = new Map<string, Pack>()
  const joined = new Map<number, Step>()
  const replaced = new Set<number>()

  const packOf = (members: readonly Member[], role: number): Pack | null => {
    const arrays = members.map((m) => m.roles[role])
    const known = packs.get(arrays.join())
    if (known !== undefined) return known
    if (arrays.some((b) => buffers[b].pack !== undefined)) return null
    let words = 0
    const parts = arrays.map((buffer) => {
      const part = { buffer, offset: words }
      words += alignedWords(buffers[buffer].size)
      return part
    })
    return { parts, words }
  }

  /** The number of the pack's buffer. */
  const settle = ({ parts, words }: Pack): number => {
    const { dtype, pack } = buffers[parts[0].buffer]
    if (pack !== undefined) return pack
    const id = buffers.length
    buffers.push({ id, dtype, size: words, role: 'temporary', data: null, parts })
    for (const { buffer } of parts) buffers[buffer] = { ...buffers[buffer], pack: id }
    packs.set(parts.map((x) => x.buffer).join(), { parts, words })
    return id
  }

  /** In the order of a pack in which the arrays of a role lie already, where there is one. */
  const inOrder = (members: readonly Member[]): readonly Member[] => {
    for (let role = 0; role < members[0].roles.length; role++) {
      const { pack } = buffers[members[0].roles[role]]
      const order = pack === undefined ? [] : (buffers[pack].parts ?? []).map((p) => p.buffer)
      const found = order.flatMap((b) => members.find((m) => m.roles[role] === b) ?? [])
      if (found.length === members.length) return found
    }
    return members
  }

  for (const group of groupsOf(steps, buffers)) {
    const members = inOrder(group.members)
    const [{ roles, pass, isFlat }] = members
    const arrays = members.flatMap((m) => m.roles)
    if (new Set(arrays).size < arrays.length) continue
    const found = roles.flatMap((_, role) => packOf(members, role) ?? [])
    if (found.length < roles.length) continue
    const own = found.map(settle)
    const packOfBuffer = (b: number): number | null =>
      roles.includes(b) ? own[roles.indexOf(b)] : null
    const joint = isFlat
      ? flat(pass, packOfBuffer, buffers[own[0]].size)
      : stacked(pass, packOfBuffer, members.length, (pack) => buffers[pack].size / members.length)
    joined.set(Math.max(...members.map((m) => m.at)), stepOf(joint))
    members.forEach((m) => replaced.add(m.at))
  }
  return steps.flatMap((s, i) => joined.get(i) ?? (replaced.has(i) ? [] : [s]))
}
