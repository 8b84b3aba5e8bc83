/** Programs as text: the form that `explain` prints and tests compare. */
import { abbreviate } from '../core/dtype.ts'
import { showAffine } from './affine.ts'
import { type Expr, operands } from './expr.ts'
import type { Kernel, Place, Program, Stage, Store } from './ir.ts'
import { nodes } from './walk.ts'

const showPlace = (p: Place, base: (e: Expr) => string): string =>
  `b${p.buffer}[${[showAffine(p.index), ...(p.base === null ? [] : [base(p.base)])].join(' + ')}]`

const showNumber = (x: number): string => (Object.is(x, -0) ? '-0' : `${x}`)

/** One node, its operands already shown. */
const showNode = (e: Expr, show: (e: Expr) => string): string => {
  switch (e._tag) {
    case 'const':
      return `${showNumber(e.value)}:${abbreviate(e.dtype)}`
    case 'load':
      return showPlace(e, show)
    case 'iota':
      return `${abbreviate(e.dtype)}(${showAffine(e.index)})`
    case 'stage':
      return e.part === 'value'
        ? `s${e.stage}.${e.reduction}`
        : `s${e.stage}.${e.reduction}.position`
    case 'accumulator':
      return 'sum'
    case 'unary':
    case 'binary':
    case 'compare':
      return `${e.op}(${operands(e).map(show).join(', ')})`
    case 'select':
      return `select(${operands(e).map(show).join(', ')})`
    case 'cast':
    case 'bitcast':
      return `${e._tag === 'cast' ? '' : 'bits '}${abbreviate(e.dtype)}(${show(e.x)})`
    case 'guard': {
      const bounds = e.bounds.map((b) => `${b.lower} <= ${showAffine(b.index)} < ${b.upper}`)
      return `guard(${bounds.join(' & ')}, ${show(e.value)}, ${show(e.otherwise)})`
    }
    case 'call':
      return `${e.name}(${e.args.map(show).join(', ')})`
  }
}

/** Nodes with operands that are used more than once get a name. */
const showShared = (
  roots: readonly Expr[]
): { readonly lines: readonly string[]; readonly show: (e: Expr) => string } => {
  const order = nodes(roots)
  const uses = new Map<Expr, number>()
  for (const e of [...roots, ...order.flatMap(operands)]) uses.set(e, (uses.get(e) ?? 0) + 1)
  const texts = new Map<Expr, string>()
  const show = (e: Expr): string => texts.get(e) as string // operands come first in the order
  const lines: string[] = []
  for (const e of order) {
    const text = showNode(e, show)
    if ((uses.get(e) ?? 0) > 1 && operands(e).length > 0) {
      const name = `t${lines.length}`
      lines.push(`${name} = ${text}`)
      texts.set(e, name)
    } else texts.set(e, text)
  }
  return { lines, show }
}

export const showExpr = (e: Expr): string => {
  const { lines, show } = showShared([e])
  return [...lines, show(e)].join('; ')
}

const showStores = (stores: readonly Store[], indent: string): readonly string[] => {
  const roots = stores.flatMap((s) => (s.base === null ? [s.value] : [s.value, s.base]))
  const { lines, show } = showShared(roots)
  return [...lines, ...stores.map((s) => `${showPlace(s, show)} = ${show(s.value)}`)].map(
    (line) => indent + line
  )
}

const showStage = (s: Stage, k: number, indent: string): readonly string[] => {
  const over = `[${s.extents.join(', ')}]`
  switch (s._tag) {
    case 'map':
      return [`${indent}map ${over}`, ...showStores(s.stores, `${indent}  `)]
    case 'reduce':
      return [
        `${indent}reduce ${over}`,
        ...s.reductions.map((r, i) => `${indent}  s${k}.${i} = ${r.monoid} ${showExpr(r.value)}`)
      ]
    case 'scan':
      return [
        `${indent}scan ${over} ${s.monoid}${s.reverse ? ' reverse' : ''} ${showExpr(s.value)}`,
        ...showStores(s.stores, `${indent}  `)
      ]
  }
}

const showList = (kernels: readonly Kernel[], indent: string): readonly string[] =>
  kernels.flatMap((k) => showKernel(k, indent))

const ids = (buffers: readonly number[]): string => buffers.map((b) => `b${b}`).join(', ')

const showKernel = (k: Kernel, indent: string): readonly string[] => {
  const place = (p: Place): string => showPlace(p, showExpr)
  const inner = `${indent}  `
  switch (k._tag) {
    case 'nest':
      return [
        `${indent}nest [${k.axes.join(', ')}]`,
        ...k.stages.flatMap((s, i) => showStage(s, i, inner))
      ]
    case 'contraction': {
      const sizes = `batch [${k.batch.join(', ')}] m ${k.m} n ${k.n} k ${k.k}`
      const then = k.epilogue === null ? '' : ` then ${showExpr(k.epilogue)}`
      return [
        `${indent}contraction ${sizes}`,
        `${inner}${place(k.out)} = ${place(k.lhs)} . ${place(k.rhs)}${then}`
      ]
    }
    case 'convolution': {
      const sizes = `groups ${k.groups} batch ${k.batch} in ${k.inFeatures} out ${k.outFeatures}`
      const window = k.spatial.map((d) => `${d.input}*${d.window}->${d.output}`).join(', ')
      const then = k.epilogue === null ? '' : ` then ${showExpr(k.epilogue)}`
      return [
        `${indent}convolution ${sizes} [${window}]`,
        `${inner}${place(k.out)} = ${place(k.lhs)} * ${place(k.rhs)}${then}`
      ]
    }
    case 'scatter': {
      const when = k.valid === null ? '' : ` if ${showExpr(k.valid)}`
      return [
        `${indent}scatter [${k.axes.join(', ')}]`,
        `${inner}${place(k.place)} ${k.kind} ${showExpr(k.value)}${when}`
      ]
    }
    case 'sort':
      return [
        `${indent}sort ${k.outer} rows of ${k.length} by ${k.numKeys}${k.kept < k.length ? `, the last ${k.kept}` : ''}: ${ids(k.inputs)} -> ${ids(k.outputs)}`
      ]
    case 'library':
      return [`${indent}library ${k.name}(${k.params}): ${ids(k.inputs)} -> ${ids(k.outputs)}`]
    case 'loop': {
      const carries = k.carries.map((c) => `b${c.current} <- b${c.next}`).join(', ')
      const head = k.trips === null ? `while b${k.predicate}` : `loop ${k.trips}`
      return [
        `${indent}${head}${k.counter === null ? '' : ` counting b${k.counter}`}`,
        ...(k.condition.length === 0
          ? []
          : [`${indent}condition`, ...showList(k.condition, inner)]),
        `${indent}body${carries === '' ? '' : ` carrying ${carries}`}`,
        ...showList(k.body, inner)
      ]
    }
    case 'branch':
      return [
        `${indent}branch b${k.index}`,
        ...k.branches.flatMap((b, i) => [`${indent}case ${i}`, ...showList(b, inner)])
      ]
  }
}

/** Buffers, kernels, outputs; one line each where they fit. */
export const showProgram = (p: Program): string =>
  [
    ...p.buffers.map((b) => `b${b.id}: ${abbreviate(b.dtype)}[${b.size}] ${b.role}`),
    ...showList(p.kernels, ''),
    `return ${ids(p.outputs)}`
  ].join('\n')
