/**
 * Channelwise convolutions with small windows: rows of outputs, a few columns at a time, one vector
 * of channels after the other, so that both operands are read as they lie. What an output adds up
 * is in registers, and a column of the input is loaded once for all outputs of the block that see it.
 */
import { innerSums } from '../../../kernel/channelwise.ts'
import {
  addTerms,
  channelAxes,
  emitWindow,
  fromLowest,
  interior,
  overChannels,
  stepping,
  storeLanes,
  type Term
} from './channelwise-plan.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { overSteps } from './plane-plan.ts'
import { emitFinish, epilogueParams, i32s, loadLanes } from '../product/gemm-micro.ts'
import type { GemmContext } from '../product/gemm-micro.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Columns computed side by side: enough sums to hide the latency of an addition. */
const block = 4

/** Window columns that are multiplied together, so that what they load stays in registers. */
const columnsTogether = (window: number): number => (window <= 6 ? window : 3)

/** Rows of outputs, which are the units of the work. */
export const channelwiseRows = (shape: ConvolutionShape): number =>
  channelAxes(shape, 'out').outer.reduce((n, a) => n * a.size.output, shape.batch)

/** Parameters of an epilogue that the convolution passes itself: the first row and column. */
const OWN_PARAMS = 2

/** Emits `convolution(lhs, rhs, out, workspace, from, to, …epilogue)`: rows `from` to `to`. */
export const emitChannelwise = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  context: GemmContext
): FunctionRef => {
  const { type, profile } = context
  const { outer, inner } = channelAxes(shape, 'out')
  const bytes = (elements: number): number => elements * type.bytes
  const { window, windowDilation, stride, output, padLow } = inner.size
  const together = columnsTogether(window)
  // Long sums are sums of those over some of the innermost axes.
  const blocked = innerSums([...outer.map((a) => a.size.window), window]) ?? 0
  const whole = interior(inner.size, output, stride, (window - 1) * windowDilation)
  const signature = {
    params: [...i32s(6), ...epilogueParams(context).slice(OWN_PARAMS)],
    results: []
  }
  return module.define(signature, (f, lhs, rhs, out, _workspace, unit, to, ...params) => {
    const [rest, source, kernel, target] = f.locals('i32', 4)
    const [column, x, w, y, left, zero, rows, channels] = f.locals('i32', 8)
    const places = outer.map(() => {
      const [first, count, o] = f.locals('i32', 3)
      return { first, count, o }
    })

    /** Adds to `totals` what `row` adds to its sums, over the outer window positions. */
    const overWindows = (
      [input, factor]: readonly Local[],
      totals: readonly Local[],
      row: (sums: readonly Local[], pointers: readonly Local[]) => void
    ): void => {
      const sums = blocked > 0 ? totals.map(() => f.local('v128')) : totals
      const over = (at: number, pointers: readonly Local[]): void => {
        const isBlock = at === blocked && blocked > 0
        if (isBlock) for (const sum of sums) f.i32x4(0).set(sum)
        if (at === outer.length) row(sums, pointers)
        else {
          const axis = outer[at]
          const [from, by, turns] = f.locals('i32', 3)
          f.get(pointers[0]).set(from).get(pointers[1]).set(by).get(places[at].count).set(turns)
          f.while(
            () => f.get(turns),
            () => {
              over(at + 1, [from, by])
              f.increment(from, bytes(axis.size.windowDilation * axis.lhs))
                .increment(by, bytes(axis.rhs))
                .increment(turns, -1)
            }
          )
        }
        if (isBlock)
          totals.forEach((total, i) => f.get(total).get(sums[i]).op(`${type.shape}.add`).set(total))
      }
      for (const total of totals) f.i32x4(0).set(total)
      over(0, [input, factor])
    }

    /** Columns from `column` on whose windows lie inside of the input. */
    const columns = (count: number): void => {
      const results = fromLowest(Array.from({ length: count }, (_, j) => bytes(j * inner.out)))
      const totals = results.offsets.map(() => f.local('v128'))
      f.get(column)
        .i32(stride)
        .op('i32.mul')
        .i32(padLow)
        .op('i32.sub')
        .i32(bytes(inner.lhs))
        .op('i32.mul')
      f.get(source).op('i32.add').set(x).get(kernel).set(w)
      f.get(column).i32(bytes(inner.out)).op('i32.mul').get(target).op('i32.add')
      f.i32(results.shift).op('i32.add').set(y).i32(shape.groups).set(left)
      /** Adds what some columns of the window see, from where the pointers are. */
      const some = (
        number: number,
        lanes: number,
        sums: readonly Local[],
        [input, factor]: readonly Local[]
      ): void => {
        const windows = Array.from({ length: number }, (_, v) => v)
        const weights = fromLowest(windows.map((v) => bytes(v * inner.rhs)))
        const offsets = sums.map((_, j) =>
          windows.map((v) => bytes((j * stride + v * windowDilation) * inner.lhs))
        )
        const lowest = fromLowest(offsets.flat())
        const [from, by] = f.locals('i32', 2)
        f.get(input).i32(lowest.shift).op('i32.add').set(from)
        f.get(factor).i32(weights.shift).op('i32.add').set(by)
        const factors = weights.offsets.map((at) => {
          const v = f.local('v128')
          f.get(by)
          loadLanes(f, type, lanes, at)
          f.set(v)
          return v
        })
        const terms = sums.flatMap((sum, j) =>
          factors.map((v, i): Term => ({ sum, factor: v, x: offsets[j][i] - lowest.shift }))
        )
        addTerms(f, type, profile, lanes, from, terms)
      }
      const turns = Math.floor(window / together)
      const rest = window - turns * together
      const steps = [windowDilation * inner.lhs, inner.rhs].map((n) => bytes(together * n))
      overChannels(f, type, left, [x, w, y], (lanes) => {
        overWindows([x, w], totals, (sums, pointers) => {
          const moves = pointers.map((pointer, i) => [pointer, steps[i]] as const)
          overSteps(f, turns, moves, (own) => some(together, lanes, sums, own))
          if (rest === 0) return
          const last = moves.map(([pointer, step]) => {
            const local = f.local('i32')
            f.get(pointer)
              .i32(turns * step)
              .op('i32.add')
              .set(local)
            return local
          })
          some(rest, lanes, sums, last)
        })
        totals.forEach((total, j) => storeLanes(f, type, lanes, y, total, results.offsets[j]))
      })
    }

    /** The column whose window lies partly outside. */
    const edge = (): void => {
      const [first, count, input, factor, turns] = f.locals('i32', 5)
      const [total, a, b] = f.locals('v128', 3)
      emitWindow(f, inner.size, column, first, count)
      f.get(column).i32(stride).op('i32.mul').i32(padLow).op('i32.sub').get(first)
      f.i32(windowDilation).op('i32.mul').op('i32.add').i32(bytes(inner.lhs)).op('i32.mul')
      f.get(source).op('i32.add').set(x)
      f.get(first).i32(bytes(inner.rhs)).op('i32.mul').get(kernel).op('i32.add').set(w)
      f.get(column).i32(bytes(inner.out)).op('i32.mul').get(target).op('i32.add').set(y)
      f.i32(shape.groups).set(left)
      overChannels(f, type, left, [x, w, y], (lanes) => {
        overWindows([x, w], [total], ([sum], [rowInput, rowFactor]) => {
          f.get(rowInput).set(input).get(rowFactor).set(factor).get(count).set(turns)
          f.while(
            () => f.get(turns),
            () => {
              f.get(input)
              loadLanes(f, type, lanes)
              f.set(a).get(factor)
              loadLanes(f, type, lanes)
              f.set(b)
              multiplyAdd(f, type, profile, a, b, sum)
              f.increment(input, bytes(windowDilation * inner.lhs))
                .increment(factor, bytes(inner.rhs))
                .increment(turns, -1)
            }
          )
        })
        storeLanes(f, type, lanes, y, total, 0)
      })
    }

    const upTo = stepping(f, column)

    /** Pointers to what the row begins with. */
    const start = (): void => {
      f.get(unit).set(rest)
      for (let i = outer.length - 1; i >= 0; i--) {
        const extent = outer[i].size.output
        f.get(rest).i32(extent).op('i32.rem_u').set(places[i].o)
        f.get(rest).i32(extent).op('i32.div_u').set(rest)
        emitWindow(f, outer[i].size, places[i].o, places[i].first, places[i].count)
      }
      f.get(lhs).get(rest).i32(bytes(shape.lhs[1])).op('i32.mul').op('i32.add').set(source)
      f.get(out).get(rest).i32(bytes(shape.out[1])).op('i32.mul').op('i32.add').set(target)
      f.get(rhs).set(kernel)
      outer.forEach(({ size, ...strides }, i) => {
        const { first, o } = places[i]
        f.get(o).i32(size.stride).op('i32.mul').get(first).i32(size.windowDilation)
        f.op('i32.mul').op('i32.add').i32(size.padLow).op('i32.sub')
        f.i32(bytes(strides.lhs)).op('i32.mul').get(source).op('i32.add').set(source)
        f.get(first).i32(bytes(strides.rhs)).op('i32.mul').get(kernel).op('i32.add').set(kernel)
        f.get(o).i32(bytes(strides.out)).op('i32.mul').get(target).op('i32.add').set(target)
      })
    }

    f.i32(output).set(rows).i32(shape.groups).set(channels)
    f.while(
      () => f.get(unit).get(to).op('i32.lt_s'),
      () => {
        start()
        f.i32(0).set(column)
        upTo(whole.from, 1, edge)
        if (whole.to - whole.from >= block) upTo(whole.to, block, () => columns(block))
        upTo(whole.to, 1, () => columns(1))
        upTo(output, 1, edge)
        const firstRow = f.local('i32')
        f.get(unit).i32(output).op('i32.mul').set(firstRow)
        const part = [zero, rows, zero, channels].map((local) => () => f.get(local))
        emitFinish(
          f,
          context,
          part,
          context.epilogue === undefined ? [] : [...params, firstRow, zero]
        )
        f.increment(unit, 1)
      }
    )
  })
}
