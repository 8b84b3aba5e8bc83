/** Runs kernel programs point by point: what every kernel of the IR means, as slowly as it reads. */
import { allocate, type HostData } from '../../src/core/dtype.ts'
import { evaluateAffine as at } from '../../src/kernel/affine.ts'
import type { Expr, ScalarType } from '../../src/kernel/expr.ts'
import { foldBinary, foldCast, foldCompare, foldUnary } from '../../src/kernel/fold.ts'
import type {
  Contraction,
  Convolution,
  Kernel,
  Monoid,
  Nest,
  Place,
  Program,
  Scatter,
  Sort
} from '../../src/kernel/ir.ts'
import { constant } from '../../src/kernel/make.ts'
import { combine, neutral } from '../../src/kernel/monoid.ts'
import { eachIndex } from '../../src/primitives/host.ts'

interface Found {
  readonly value: number
  readonly position: number
}

interface Scope {
  readonly memory: readonly HostData[]
  readonly point: readonly number[]
  /** Results of earlier stages: by stage, then by reduction. */
  readonly stages: ReadonlyMap<number, readonly Found[]>
  readonly accumulator: number
}

const functions: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  log1p: Math.log1p,
  log: Math.log
}

const evaluate = (e: Expr, s: Scope): number => {
  const value = (x: Expr): number => evaluate(x, s)
  switch (e._tag) {
    case 'const':
      return e.value
    case 'load':
      return s.memory[e.buffer][at(e.index, s.point) + (e.base === null ? 0 : value(e.base))]
    case 'iota':
      return foldCast(at(e.index, s.point), e.dtype)
    case 'stage':
      return s.stages.get(e.stage)?.[e.reduction][e.part] ?? NaN
    case 'accumulator':
      return s.accumulator
    case 'unary': {
      const x = value(e.x)
      return foldUnary(e.op, x, e.x.dtype) ?? foldCast(functions[e.op](x), e.dtype)
    }
    case 'binary': {
      const folded = foldBinary(e.op, value(e.x), value(e.y), e.dtype)
      if (folded === null) throw new RangeError(`no interpretation of ${e.op}`)
      return folded
    }
    case 'compare':
      return foldCompare(e.op, value(e.x), value(e.y))
    case 'select':
      return value(value(e.condition) !== 0 ? e.x : e.y)
    case 'cast':
      return foldCast(value(e.x), e.dtype)
    case 'guard': {
      const inside = e.bounds.every((b) => {
        const i = at(b.index, s.point)
        return b.lower <= i && i < b.upper
      })
      return value(inside ? e.value : e.otherwise)
    }
    default:
      throw new RangeError(`no interpretation of ${e._tag}`)
  }
}

const scope = (memory: readonly HostData[], point: readonly number[], accumulator = 0): Scope => ({
  memory,
  point,
  stages: new Map(),
  accumulator
})

const addressOf = (p: Place, s: Scope): number =>
  at(p.index, s.point) + (p.base === null ? 0 : evaluate(p.base, s))

type Plain = Exclude<Monoid, 'argmax' | 'argmin'>

/** One step of a monoid on numbers, through its own definition in expressions. */
const step = (monoid: Plain, dtype: ScalarType, x: number, y: number): number =>
  evaluate(combine(monoid, constant(dtype, x), constant(dtype, y)), scope([], []))

/** NaN beats all, then the larger, then the lower position. */
const better = (monoid: 'argmax' | 'argmin', x: Found, y: Found): Found => {
  const sign = monoid === 'argmax' ? 1 : -1
  const [nx, ny] = [x.value !== x.value, y.value !== y.value]
  const equal = (nx && ny) || x.value === y.value
  if (equal) return x.position <= y.position ? x : y
  if (nx || ny) return nx ? x : y
  return sign * x.value > sign * y.value ? x : y
}

const runNest = (nest: Nest, memory: readonly HostData[]): void =>
  eachIndex(nest.axes, (outer) => {
    const stages = new Map<number, readonly Found[]>()
    nest.stages.forEach((stage, number) => {
      const store = (s: Scope): void => {
        if (stage._tag !== 'reduce')
          for (const st of stage.stores) memory[st.buffer][addressOf(st, s)] = evaluate(st.value, s)
      }
      const inside = (inner: readonly number[], accumulator = 0): Scope => ({
        memory,
        point: [...outer, ...inner],
        stages,
        accumulator
      })
      if (stage._tag === 'map') eachIndex(stage.extents, (inner) => store(inside(inner)))
      else if (stage._tag === 'reduce') {
        const found = stage.reductions.map((r) => ({
          value: neutral(r.monoid, r.value.dtype),
          position: 0x7fffffff
        }))
        eachIndex(stage.extents, (inner) => {
          const s = inside(inner)
          stage.reductions.forEach((r, i) => {
            const value = evaluate(r.value, s)
            if (r.monoid === 'argmax' || r.monoid === 'argmin') {
              const position = r.position === null ? 0 : evaluate(r.position, s)
              found[i] = better(r.monoid, found[i], { value, position })
            } else found[i].value = step(r.monoid, r.value.dtype, found[i].value, value)
          })
        })
        stages.set(number, found)
      } else {
        const [n] = stage.extents
        let running = neutral(stage.monoid, stage.value.dtype)
        for (let i = 0; i < n; i++) {
          const k = stage.reverse ? n - 1 - i : i
          running = step(
            stage.monoid,
            stage.value.dtype,
            running,
            evaluate(stage.value, inside([k]))
          )
          store(inside([k], running))
        }
      }
    })
  })

/** Writes a sum of products, through the epilogue, as the type has it. */
const emit = (
  k: Contraction | Convolution,
  memory: readonly HostData[],
  point: readonly number[],
  sum: number
): void => {
  const rounded = foldCast(sum, k.dtype)
  const s = scope(memory, point, rounded)
  memory[k.out.buffer][addressOf(k.out, s)] =
    k.epilogue === null ? rounded : evaluate(k.epilogue, s)
}

const read = (p: Place, memory: readonly HostData[], point: readonly number[]): number =>
  memory[p.buffer][addressOf(p, scope(memory, point))]

const runContraction = (c: Contraction, memory: readonly HostData[]): void =>
  eachIndex([...c.batch, c.m, c.n], (point) => {
    let sum = 0
    for (let k = 0; k < c.k; k++)
      sum += read(c.lhs, memory, [...point, k]) * read(c.rhs, memory, [...point, k])
    emit(c, memory, point, sum)
  })

const runConvolution = (c: Convolution, memory: readonly HostData[]): void => {
  const outputs = c.spatial.map((d) => d.output)
  const windows = c.spatial.map((d) => d.window)
  eachIndex([c.groups, c.batch, c.outFeatures, ...outputs], (point) => {
    const [g, b, o, ...out] = point
    let sum = 0
    eachIndex([c.inFeatures, ...windows], ([i, ...window]) => {
      const input = c.spatial.map(
        (d, a) => (out[a] * d.stride + window[a] * d.windowDilation - d.padLow) / d.inputDilation
      )
      if (!input.every((x, a) => Number.isInteger(x) && x >= 0 && x < c.spatial[a].input)) return
      sum += read(c.lhs, memory, [g, b, i, ...input]) * read(c.rhs, memory, [g, o, i, ...window])
    })
    emit(c, memory, [...point], sum)
  })
}

const runScatter = (k: Scatter, memory: readonly HostData[]): void =>
  eachIndex(k.axes, (point) => {
    const s = scope(memory, point)
    if (k.valid !== null && evaluate(k.valid, s) === 0) return
    const address = addressOf(k.place, s)
    const target = memory[k.place.buffer]
    const value = evaluate(k.value, s)
    target[address] = k.kind === 'set' ? value : step(k.kind, k.value.dtype, target[address], value)
  })

const runSort = (k: Sort, memory: readonly HostData[]): void => {
  const order = (x: number, y: number): number =>
    x < y ? -1 : x > y ? 1 : Number(x !== x) - Number(y !== y)
  for (let row = 0; row < k.outer; row++) {
    const places = Array.from({ length: k.length }, (_, i) => row * k.length + i)
    const sorted = [...places].sort((i, j) => {
      const keys = k.inputs.slice(0, k.numKeys).map((b) => order(memory[b][i], memory[b][j]))
      return keys.find((o) => o !== 0) ?? 0
    })
    k.outputs.forEach((b, n) =>
      places.forEach((place, i) => (memory[b][place] = memory[k.inputs[n]][sorted[i]]))
    )
  }
}

const runKernel = (k: Kernel, memory: readonly HostData[]): void => {
  switch (k._tag) {
    case 'nest':
      return runNest(k, memory)
    case 'contraction':
      return runContraction(k, memory)
    case 'convolution':
      return runConvolution(k, memory)
    case 'scatter':
      return runScatter(k, memory)
    case 'sort':
      return runSort(k, memory)
    case 'library':
      return k.run(
        k.inputs.map((b) => memory[b]),
        k.outputs.map((b) => memory[b])
      )
    default:
      throw new RangeError(`no interpretation of ${k._tag}`)
  }
}

/** Results of the program on these inputs. */
export const interpret = (program: Program, inputs: readonly HostData[]): readonly HostData[] => {
  const memory = program.buffers.map((b) => {
    const input = program.inputs.indexOf(b.id)
    if (input >= 0) return inputs[input]
    // A buffer's size counts elements: complex ones have two slots each.
    return b.data === null ? allocate(b.dtype, b.size) : b.data.slice()
  })
  program.kernels.forEach((k) => runKernel(k, memory))
  return program.outputs.map((b) => memory[b])
}
