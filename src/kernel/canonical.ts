/**
 * Kernels up to the names of their buffers: two that do the same to different buffers have one key,
 * so that code is made once for all layers of a network.
 */
import { type Expr, operands } from './expr.ts'
import { headOf, indexKey } from './intern.ts'
import type { Contraction, Convolution, Nest, Place, Scatter } from './ir.ts'
import { type StageVisitor, visitStage } from './stage.ts'
import { rewriter } from './walk.ts'

/** Kernels that become generated code by themselves. */
export type CodeKernel = Nest | Contraction | Convolution | Scatter

export interface Canonical {
  /** Equal exactly for kernels that differ in buffers alone. */
  readonly key: string
  /** The buffers in order of appearance. */
  readonly buffers: readonly number[]
}

const visitProduct = <K extends Contraction | Convolution>(k: K, v: StageVisitor): K => ({
  ...k,
  lhs: v.place(k.lhs),
  rhs: v.place(k.rhs),
  out: v.place(k.out),
  epilogue: k.epilogue === null ? null : v.expr(k.epilogue)
})

const visitKernel = (k: CodeKernel, v: StageVisitor): CodeKernel => {
  switch (k._tag) {
    case 'nest':
      return { ...k, stages: k.stages.map((s) => visitStage(s, v)) }
    case 'contraction':
      return { ...visitProduct(k, v), ...(k.kept !== undefined && { kept: v.place(k.kept) }) }
    case 'convolution':
      return visitProduct(k, v)
    case 'scatter':
      return {
        ...k,
        place: v.place(k.place),
        valid: k.valid === null ? null : v.expr(k.valid),
        value: v.expr(k.value)
      }
  }
}

/** The structure of a kernel without its expressions and places. */
const frameOf = (k: CodeKernel): string => {
  switch (k._tag) {
    case 'nest':
      return k.stages
        .map((s) =>
          [
            s._tag,
            s.extents.join(),
            s._tag === 'scan' ? `${s.monoid}${s.reverse}` : '',
            s._tag === 'reduce'
              ? s.reductions.map((r) => `${r.monoid}${r.position !== null}`).join()
              : s.stores.length
          ].join(':')
        )
        .concat(k.axes.join())
        .join('|')
    case 'contraction':
      return [k.dtype, k.batch.join(), k.m, k.n, k.k, k.epilogue !== null].join('|')
    case 'convolution':
      return [
        k.dtype,
        k.groups,
        k.batch,
        k.inFeatures,
        k.outFeatures,
        JSON.stringify(k.spatial),
        k.epilogue !== null
      ].join('|')
    case 'scatter':
      return [k.axes.join(), k.kind, k.valid !== null].join('|')
  }
}

export const canonical = (kernel: CodeKernel): Canonical => {
  const buffers = new Map<number, number>()
  const ids = new Map<Expr, number>()
  const parts = [kernel._tag, frameOf(kernel)]
  const local = (buffer: number): number => {
    const id = buffers.get(buffer) ?? buffers.size
    buffers.set(buffer, id)
    return id
  }
  const expr = (e: Expr): Expr => {
    if (!ids.has(e)) {
      for (const o of operands(e)) expr(o)
      ids.set(e, ids.size)
      const head = e._tag === 'load' ? `${local(e.buffer)}[${indexKey(e.index)}` : headOf(e)
      const args = operands(e).map((o) => ids.get(o))
      parts.push(`${e._tag}:${e.dtype}:${head}(${args.join()})`)
    } else parts.push(`#${ids.get(e)}`)
    return e
  }
  const place = <P extends Place>(p: P): P => {
    if (p.base !== null) expr(p.base)
    parts.push(`${local(p.buffer)}[${indexKey(p.index)}${p.base === null ? '' : '+'}`)
    return p
  }
  visitKernel(kernel, { expr, place })
  return { key: parts.join('\n'), buffers: [...buffers.keys()] }
}

/** The kernel with its buffers renamed. */
export const withBuffers = (kernel: CodeKernel, rename: (buffer: number) => number): CodeKernel => {
  const expr = rewriter((e) => (e._tag === 'load' ? { ...e, buffer: rename(e.buffer) } : e))
  const place = <P extends Place>(p: P): P => ({
    ...p,
    buffer: rename(p.buffer),
    base: p.base === null ? null : expr(p.base)
  })
  return visitKernel(kernel, { expr, place })
}

/** The kernel with buffers numbered as in `buffers`. */
export const renumbered = (kernel: CodeKernel, buffers: readonly number[]): CodeKernel => {
  const local = new Map(buffers.map((b, i) => [b, i]))
  return withBuffers(kernel, (b) => local.get(b) ?? b)
}
