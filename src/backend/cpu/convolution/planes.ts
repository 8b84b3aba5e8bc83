/**
 * Convolutions of few features per group over planes: tiles of a few rows and vectors of outputs in
 * registers, to which every window position adds one weight times as many vectors of the input.
 */
import { innerSums } from '../../../kernel/channelwise.ts'
import { storeLanes } from './channelwise-plan.ts'
import type { ChannelAxis } from './channelwise-plan.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { emitFinish, epilogueParams, i32s, loadLanes } from '../product/gemm-micro.ts'
import type { GemmContext } from '../product/gemm-micro.ts'
import { emitPlaneCopy, overSteps, overTiles, planeAxes, planPlane } from './plane-plan.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Sums in registers: as many vectors of the input are loaded before they are multiplied. */
const mostSums = 7
/** What a window position costs besides its products. */
const overhead = 1.5

/** Rows and vectors of a tile, and the lanes of a vector. */
interface Tile {
  readonly rows: number
  readonly vectors: number
  readonly lanes: number
}

/** The tile that computes a plane with the least work. */
const chooseTile = (height: number, width: number, lanes: number): Tile => {
  const wide = width >= lanes ? lanes : 1
  const tiles = Array.from({ length: mostSums }, (_, i) => i + 1).flatMap((rows) =>
    Array.from({ length: Math.floor(mostSums / rows) }, (_, i) => ({ rows, vectors: i + 1 }))
  )
  const work = ({ rows, vectors }: (typeof tiles)[number]): number =>
    Math.ceil(height / rows) * Math.ceil(width / (vectors * wide)) * (rows * vectors + overhead)
  const best = tiles
    .filter(({ rows, vectors }) => rows <= height && vectors * wide <= width)
    .reduce((a, b) => (work(b) < work(a) ? b : a))
  return { ...best, lanes: wide }
}

/** Window positions of a row whose inputs lie in one part, by equal distances. */
interface Taps {
  readonly first: number
  readonly count: number
  readonly step: number
}

const tapsOf = ({ size }: ChannelAxis): readonly Taps[] => {
  const { window, windowDilation, stride } = size
  const remainder = (w: number): number => (w * windowDilation) % stride
  const period =
    Array.from({ length: stride }, (_, i) => i + 1).find((w) => remainder(w) === 0) ?? 1
  return Array.from({ length: Math.min(period, window) }, (_, first) => ({
    first,
    count: Math.ceil((window - first) / period),
    step: period
  }))
}

const planOf = (shape: ConvolutionShape) => {
  const axes = planeAxes(shape, 'out')
  const inner = axes[axes.length - 1]
  const plane = planPlane(axes, [shape.inFeatures, shape.lhs[2]], inner.size.stride)
  return { axes, inner, plane }
}

/** Planes of the output, those of one group of one image together, which are the units. */
export const planeUnits = ({ groups, batch }: ConvolutionShape): number => groups * batch

export const planeWorkspace = (shape: ConvolutionShape, type: VectorType): number =>
  planOf(shape).plane.size * type.bytes

/** Parameters of an epilogue that the convolution passes itself: first row and column, group, image. */
const OWN_PARAMS = 4

/** Emits `convolution(lhs, rhs, out, workspace, from, to, …epilogue)`: units `from` to `to`. */
export const emitPlanes = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  context: GemmContext
): FunctionRef => {
  const { type, profile } = context
  const { axes, inner, plane } = planOf(shape)
  const bytes = (elements: number): number => elements * type.bytes
  // The axis of the rows of a tile; one row where there is none.
  const vertical = axes.at(-2)
  const deep = axes.slice(0, -2)
  const tile = chooseTile(vertical?.size.output ?? 1, inner.size.output, type.lanes)
  const perRow =
    vertical === undefined ? 0 : vertical.size.stride * (plane.outer[axes.length - 2] ?? 0)
  const places = Array.from({ length: tile.rows }, (_, r) =>
    Array.from({ length: tile.vectors }, (_, v) => ({ r, v: v * tile.lanes }))
  ).flat()
  const offsets = places.map(({ r, v }) => bytes(r * perRow + v))
  const results = places.map(({ r, v }) => bytes(r * (vertical?.out ?? 0) + v * inner.out))
  const [lowest, lowestResult] = [Math.min(...offsets), Math.min(...results)]
  const windows = [
    { count: shape.inFeatures, x: plane.feature, w: shape.rhs[2] },
    ...axes.slice(0, -1).map(({ size, rhs }, a) => ({
      count: size.window,
      x: size.windowDilation * plane.outer[a],
      w: rhs
    }))
  ]
  // Long sums are sums of those over some of the innermost axes.
  const blocked = innerSums([...windows.map((w) => w.count), inner.size.window]) ?? 0
  const signature = {
    params: [...i32s(6), ...epilogueParams(context).slice(OWN_PARAMS)],
    results: []
  }
  return module.define(signature, (f, lhs, rhs, out, workspace, unit, to, ...params) => {
    const [group, image, input, weights, target, zero] = f.locals('i32', 6)
    const [features, positions] = f.locals('i32', 2)
    const sums = places.map(() => f.local('v128'))
    const totals = blocked > 0 ? places.map(() => f.local('v128')) : sums
    const values = places.map(() => f.local('v128'))
    const weight = f.local('v128')

    /** Adds the products of one window position, whose inputs and weight are at the pointers. */
    const tap = ([x, w]: readonly Local[]): void => {
      f.get(w).memory(type.loadSplat).set(weight)
      values.forEach((value, i) => {
        f.get(x)
        loadLanes(f, type, tile.lanes, offsets[i] - lowest)
        f.set(value)
      })
      values.forEach((value, i) => multiplyAdd(f, type, profile, value, weight, sums[i]))
    }
    const row = ([x, w]: readonly Local[]): void => {
      for (const { first, count, step } of tapsOf(inner)) {
        const [from, factor] = f.locals('i32', 2)
        const { windowDilation, stride } = inner.size
        const at = plane.column(first * windowDilation)
        f.get(x)
          .i32(bytes(at) + lowest)
          .op('i32.add')
          .set(from)
        f.get(w)
          .i32(bytes(first * inner.rhs))
          .op('i32.add')
          .set(factor)
        const moves = [
          [from, bytes((step * windowDilation) / stride)],
          [factor, bytes(step * inner.rhs)]
        ] as const
        overSteps(f, count, moves, tap)
      }
    }
    const overWindows = (at: number, pointers: readonly Local[]): void => {
      const isBlock = at === blocked && blocked > 0
      if (isBlock) for (const sum of sums) f.i32x4(0).set(sum)
      if (at === windows.length) row(pointers)
      else {
        const { count, x, w } = windows[at]
        const moves = [
          [pointers[0], bytes(x)],
          [pointers[1], bytes(w)]
        ] as const
        overSteps(f, count, moves, (own) => overWindows(at + 1, own))
      }
      if (isBlock)
        totals.forEach((total, i) => f.get(total).get(sums[i]).op(`${type.shape}.add`).set(total))
    }
    /** One tile, from where the pointers are. */
    const emitTile = (x: Local, y: Local): void => {
      for (const total of totals) f.i32x4(0).set(total)
      overWindows(0, [x, weights])
      const base = f.local('i32')
      f.get(y).i32(lowestResult).op('i32.add').set(base)
      totals.forEach((total, i) =>
        storeLanes(f, type, tile.lanes, base, total, results[i] - lowestResult)
      )
    }
    const moved = (base: Local, index: Local, step: number): Local => {
      const local = f.local('i32')
      f.get(base).get(index).i32(bytes(step)).op('i32.mul').op('i32.add').set(local)
      return local
    }
    const overColumns = (x: Local, y: Local): void =>
      overTiles(f, inner.size.output, tile.vectors * tile.lanes, (first) =>
        emitTile(moved(x, first, 1), moved(y, first, inner.out))
      )
    const overRows = (x: Local, y: Local): void => {
      if (vertical === undefined) return overColumns(x, y)
      overTiles(f, vertical.size.output, tile.rows, (first) =>
        overColumns(moved(x, first, perRow), moved(y, first, vertical.out))
      )
    }
    const overDeep = (at: number, x: Local, y: Local): void => {
      if (at === deep.length) return overRows(x, y)
      const { size, out: step } = deep[at]
      const moves = [
        [x, bytes(size.stride * plane.outer[at])],
        [y, bytes(step)]
      ] as const
      overSteps(f, size.output, moves, ([nextX, nextY]) => overDeep(at + 1, nextX, nextY))
    }
    const push = (base: Local, strides: readonly number[], ...indices: readonly Local[]): void => {
      f.get(base)
      indices.forEach((index, i) => {
        f.get(index).i32(bytes(strides[i])).op('i32.mul').op('i32.add')
      })
    }

    f.i32(shape.outFeatures).set(features)
    f.i32(axes.reduce((n, a) => n * a.size.output, 1)).set(positions)
    // What is padding is the same for all planes.
    if (plane.size > 0) f.get(workspace).i32(0).i32(bytes(plane.size)).memoryFill()
    f.while(
      () => f.get(unit).get(to).op('i32.lt_s'),
      () => {
        f.get(unit).i32(shape.groups).op('i32.rem_u').set(group)
        f.get(unit).i32(shape.groups).op('i32.div_u').set(image)
        push(lhs, shape.lhs, group, image)
        f.i32(bytes(plane.origin)).op('i32.add').set(input)
        if (plane.size > 0) {
          emitPlaneCopy(f, type, plane, input, workspace)
          f.get(workspace).set(input)
        }
        push(rhs, shape.rhs, group)
        f.set(weights)
        push(out, shape.out, group, image)
        f.set(target)
        const left = f.local('i32')
        f.get(features).set(left)
        f.doWhile(
          () => {
            overDeep(0, input, target)
            f.increment(weights, bytes(shape.rhs[1])).increment(target, bytes(shape.out[2]))
          },
          () => f.increment(left, -1).get(left)
        )
        emitFinish(
          f,
          context,
          [zero, features, zero, positions].map((local) => () => f.get(local)),
          context.epilogue === undefined ? [] : [...params, zero, zero, group, image]
        )
        f.increment(unit, 1)
      }
    )
  })
}
