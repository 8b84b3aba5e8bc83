/** A line search for steps that decrease the loss enough and flatten its slope enough. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { valueAndGrad } from '../transforms/vjp.ts'
import { flag, inner, scaled, zeroCount, zeros, widest } from './arithmetic.ts'
import { requireExtra } from './polyak.ts'
import { transformation, type GradientTransformation } from './transformation.ts'
import { cubicMinimum, quadraticMinimum } from './interpolation.ts'

export interface ScaleByZoomLinesearchOptions {
  readonly maxLinesearchSteps: number
  /** No bound when left out. */
  readonly maxLearningRate?: number | undefined
  /** By how much the conditions may be missed: 0 by default. */
  readonly tol?: number
  /** Factor by which the step grows until an interval is found: 2 by default. */
  readonly increaseFactor?: number
  /** The decrease asked for, as a fraction of the slope: 1e-4 by default. */
  readonly slopeRtol?: number
  /** The slope allowed at the end, as a fraction of the first: 0.9 by default. */
  readonly curvRtol?: number
  /** Accept an approximate decrease within this of the value; 1e-6 by default, null for never. */
  readonly approxDecRtol?: number | null
  /** The shortest interval that is searched: 1e-5 by default. */
  readonly stepsizePrecision?: number
  /** Begin from the last step ('keep', the default) or from 1. */
  readonly initialGuessStrategy?: 'keep' | 'one'
}

export interface ZoomLinesearchInfo {
  readonly numLinesearchSteps: NdArray // int32 []
  readonly decreaseError: NdArray // []
  readonly curvatureError: NdArray // []
}

export interface ScaleByZoomLinesearchState {
  readonly learningRate: NdArray // []
  /** The loss and its gradient where the search ended, for `valueAndGradFromState`. */
  readonly value: NdArray // []
  readonly grad: unknown // as the parameters
  readonly info: ZoomLinesearchInfo
}

/** A step on the line with the loss and its slope there. */
interface Point {
  readonly step: NdArray
  readonly value: NdArray
  readonly slope: NdArray
}

interface Search {
  readonly count: NdArray
  readonly at: Point
  readonly grad: unknown
  readonly low: Point
  readonly high: Point
  /** A third point, for cubics. */
  readonly third: Point
  /** The best step so far that decreases the loss enough. */
  readonly safe: { readonly step: NdArray; readonly value: NdArray; readonly grad: unknown }
  readonly decreaseError: NdArray
  readonly curvatureError: NdArray
  readonly isFound: NdArray
  readonly isDone: NdArray
  readonly hasFailed: NdArray
}

const where = <T>(condition: NdArray, yes: T, no: T): T =>
  tree.map(
    (a: NdArray, b: NdArray) => lax.select(condition, a, lax.convertElementType(b, a.dtype)),
    yes,
    no
  )

const either = (x: NdArray, y: NdArray): NdArray => lax.or(x, y)
const both = (x: NdArray, y: NdArray): NdArray => lax.and(x, y)

/** max(0, x), and infinity for NaN. */
const shortfall = (x: NdArray): NdArray =>
  lax.select(lax.ne(x, x), lax.fullLike(x, Infinity), lax.max(x, 0))

/**
 * Updates times a step that satisfies the strong Wolfe conditions: an interval is found by growing
 * the step, then narrowed by cubic and quadratic interpolation or halving. Where no such step is
 * found, the best that decreases the loss. `update` needs `{ value, grad, valueFn }`.
 *
 * Source: Nocedal & Wright 2006, algorithms 3.5 and 3.6; the approximate decrease of Hager &
 * Zhang 2006.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByZoomLinesearch = (
  options: ScaleByZoomLinesearchOptions
): GradientTransformation => {
  checkOptions('scaleByZoomLinesearch', options, [
    'maxLinesearchSteps',
    'maxLearningRate',
    'tol',
    'increaseFactor',
    'slopeRtol',
    'curvRtol',
    'approxDecRtol',
    'stepsizePrecision',
    'initialGuessStrategy'
  ])
  const { maxLinesearchSteps, maxLearningRate, tol = 0, increaseFactor = 2 } = options
  const { slopeRtol = 1e-4, curvRtol = 0.9, approxDecRtol = 1e-6 } = options
  const { stepsizePrecision = 1e-5, initialGuessStrategy = 'keep' } = options

  const decreaseErrorAt = (p: Point, first: Point): NdArray => {
    const rise = lax.sub(p.value, first.value)
    const exact = lax.sub(rise, lax.mul(lax.mul(p.step, first.slope), slopeRtol))
    if (approxDecRtol === null) return shortfall(exact)
    const bySlope = lax.sub(p.slope, lax.mul(first.slope, 2 * slopeRtol - 1))
    const byValue = lax.sub(rise, lax.mul(lax.abs(first.value), approxDecRtol))
    return shortfall(lax.min(lax.max(bySlope, byValue), exact))
  }
  const curvatureErrorAt = (p: Point, first: Point): NdArray =>
    shortfall(lax.sub(lax.abs(p.slope), lax.mul(lax.abs(first.slope), curvRtol)))

  /** What both phases conclude from a new point. */
  const judged = (s: Search, at: Point, grad: unknown, first: Point) => {
    const decreaseError = decreaseErrorAt(at, first)
    const curvatureError = curvatureErrorAt(at, first)
    const isRight = lax.le(lax.max(decreaseError, curvatureError), tol)
    const isLast = lax.ge(lax.add(s.count, 1), maxLinesearchSteps)
    return { decreaseError, curvatureError, isRight, isLast, candidate: { ...at, grad } }
  }

  /** The step grows until it has passed a minimum. */
  const widen = (s: Search, guess: NdArray, first: Point, look: Look): Search => {
    const isFirst = lax.eq(s.count, 0)
    const wanted = lax.select(isFirst, guess, lax.mul(s.at.step, increaseFactor))
    const isBounded = maxLearningRate === undefined ? flag(false) : lax.ge(wanted, maxLearningRate)
    const step = maxLearningRate === undefined ? wanted : lax.min(wanted, maxLearningRate)
    const [at, grad] = look(step)
    const j = judged(s, at, grad, first)
    const isSafe = lax.le(j.decreaseError, tol)
    const isHigh = either(
      lax.gt(j.decreaseError, 0),
      both(lax.ge(at.value, s.at.value), lax.not(isFirst))
    )
    const isLow = both(lax.ge(at.slope, 0), lax.not(isHigh))
    const isFound = either(either(isHigh, isLow), j.isRight)
    const isDone = either(j.isRight, both(isBounded, lax.not(isFound)))
    const low = where(isLow, at, s.at)
    return {
      count: lax.add(s.count, 1),
      at,
      grad,
      low,
      high: where(isLow, s.at, at),
      third: low,
      safe: where(isSafe, { step: at.step, value: at.value, grad }, s.safe),
      decreaseError: j.decreaseError,
      curvatureError: j.curvatureError,
      isFound,
      isDone,
      hasFailed: both(j.isLast, lax.not(isDone))
    }
  }

  const middleOf = ({ low, high, third }: Search, size: NdArray): NdArray => {
    const [left, right] = [lax.min(low.step, high.step), lax.max(low.step, high.step)]
    const isInside = (x: NdArray, part: number): NdArray => {
      const margin = lax.mul(size, part)
      return both(lax.gt(x, lax.add(left, margin)), lax.lt(x, lax.sub(right, margin)))
    }
    const cubic = cubicMinimum(low, high, third)
    const quadratic = quadraticMinimum(low, high)
    const half = lax.mul(lax.add(low.step, high.step), 0.5)
    const orHalf = lax.select(isInside(quadratic, 0.1), quadratic, half)
    return lax.select(isInside(cubic, 0.2), cubic, orHalf)
  }

  /** The interval shrinks around a step that is right. */
  const narrow = (s: Search, first: Point, look: Look): Search => {
    const { low, high } = s
    const size = lax.abs(lax.sub(high.step, low.step))
    const [at, grad] = look(middleOf(s, size))
    const j = judged(s, at, grad, first)
    const isSafe = both(lax.le(j.decreaseError, tol), lax.lt(at.value, s.safe.value))
    const safe = where(isSafe, { step: at.step, value: at.value, grad }, s.safe)
    const isHigh = either(lax.gt(j.decreaseError, 0), lax.ge(at.value, low.value))
    const turns = lax.ge(lax.mul(at.slope, lax.sub(high.step, low.step)), 0)
    const isSwapped = both(turns, lax.not(isHigh))
    const isTooSmall = both(lax.le(size, stepsizePrecision), lax.gt(safe.step, 0))
    return {
      count: lax.add(s.count, 1),
      at,
      grad,
      low: where(isHigh, low, at),
      high: where(isHigh, at, where(isSwapped, low, high)),
      third: where(either(isHigh, isSwapped), high, low),
      safe,
      decreaseError: j.decreaseError,
      curvatureError: j.curvatureError,
      isFound: s.isFound,
      isDone: j.isRight,
      hasFailed: both(either(j.isLast, isTooSmall), lax.not(j.isRight))
    }
  }

  type Look = (step: NdArray) => readonly [Point, unknown]

  return transformation<ScaleByZoomLinesearchState>({
    init: (params) => {
      const dtype = widest(params)
      return {
        learningRate: lax.full([], 1, dtype),
        value: lax.full([], Infinity, dtype),
        grad: zeros(params),
        info: {
          numLinesearchSteps: zeroCount(),
          decreaseError: lax.full([], Infinity, dtype),
          curvatureError: lax.full([], Infinity, dtype)
        }
      }
    },
    update: <P>(
      updates: P,
      state: ScaleByZoomLinesearchState,
      params: P,
      extra?: Parameters<typeof requireExtra>[1]
    ) => {
      const dtype = widest(params)
      const valueFn = requireExtra('scaleByZoomLinesearch', extra, 'valueFn')
      const value = requireExtra('scaleByZoomLinesearch', extra, 'value')
      const grad = requireExtra('scaleByZoomLinesearch', extra, 'grad')
      const differentiate = valueAndGrad(valueFn as (p: P) => NdArray) // of these parameters
      const look: Look = (step) => {
        const there = tree.map(
          (p: NdArray, u: NdArray) => np.add(p, scaled(u, step)),
          params,
          updates
        )
        const [v, g] = differentiate(there)
        const real = (x: NdArray): NdArray => lax.convertElementType(x, dtype)
        return [{ step, value: real(v), slope: real(inner(g, updates)) }, g]
      }
      const zero = lax.full([], 0, dtype)
      const first: Point = {
        step: zero,
        value: lax.convertElementType(value, dtype),
        slope: lax.convertElementType(inner(updates, grad), dtype)
      }
      const guess = initialGuessStrategy === 'one' ? lax.full([], 1, dtype) : state.learningRate
      const infinite = lax.full([], Infinity, dtype)
      const begin: Search = {
        count: zeroCount(),
        at: first,
        grad,
        low: first,
        high: first,
        third: first,
        safe: { step: zero, value: first.value, grad },
        decreaseError: infinite,
        curvatureError: infinite,
        isFound: flag(false),
        isDone: flag(false),
        hasFailed: flag(false)
      }
      const end = lax.whileLoop(
        (s: Search) => lax.not(either(s.isDone, s.hasFailed)),
        (s: Search) =>
          lax.cond(
            s.isFound,
            (x: Search) => narrow(x, first, look),
            (x: Search) => widen(x, guess, first, look),
            s
          ),
        begin
      )
      const isOutside = lax.eq(end.decreaseError, Infinity)
      const usesSafe = both(end.hasFailed, either(lax.gt(end.safe.step, 0), isOutside))
      const reached = { step: end.at.step, value: end.at.value, grad: end.grad }
      const chosen = where(usesSafe, end.safe, reached)
      return [
        tree.map((u: NdArray) => scaled(u, chosen.step), updates),
        {
          learningRate: chosen.step,
          value: chosen.value,
          grad: chosen.grad,
          info: {
            numLinesearchSteps: end.count,
            decreaseError: end.decreaseError,
            curvatureError: end.curvatureError
          }
        }
      ]
    }
  })
}
