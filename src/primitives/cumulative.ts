/** Running combinations along one axis: of the elements so far, or of those from here on. */
import { avalOf, scalar, type Aval, type NdArray } from '../core/array.ts'
import { allocate, isComplex, isFloat, slotsOf } from '../core/dtype.ts'
import { logaddexp as logaddexpOf } from '../core/scalar/elementary.ts'
import { ownFunction } from '../core/scalar/math.ts'
import { AxisError } from '../core/errors.ts'
import { show, sizeOf, stridesOf } from '../core/shape.ts'
import { combine } from '../kernel/monoid.ts'
import { definePrimitive, isZero, type HostArray, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { max, min } from './arithmetic.ts'
import { eq, select } from './compare.ts'
import { concatenate } from './concatenate-split.ts'
import {
  add,
  binary,
  checkKind,
  float,
  mul,
  number,
  ordered,
  ownType,
  type Accepts
} from './elementwise.ts'
import { exp } from './elementary.ts'
import { roundingOf, settle } from './host.ts'
import { linearJvp, zeroOf } from './linear.ts'
import { hostRoutine } from './lower.ts'
import { batchUnary, fillLike } from './movement.ts'
import { sub } from './negation.ts'
import { offsetsAlong, otherAxes } from './offsets.ts'
import { rev } from './reversal.ts'
import { pad, sliceInDim } from './slicing.ts'

interface CumulativeParams {
  readonly axis: number
  /** From the last element to the first. */
  readonly reverse: boolean
}

/** Combines a running value (parts `re` and `im` of it) with the next element, in place. */
type Step = (running: Running, re: number, im: number) => void

interface Running {
  re: number
  im: number
}

const run = (x: HostArray, { axis, reverse }: CumulativeParams, step: Step) => {
  const slots = slotsOf(x.dtype)
  const data = allocate(x.dtype, sizeOf(x.shape))
  const lines = offsetsAlong(x.shape, otherAxes(x.shape.length, [axis]))
  const length = x.shape[axis]
  const stride = stridesOf(x.shape)[axis]
  const running: Running = { re: 0, im: 0 }
  for (let l = 0; l < lines.length; l++)
    for (let k = 0; k < length; k++) {
      const at = slots * (lines[l] + (reverse ? length - 1 - k : k) * stride)
      const [re, im] = [x.data[at], slots === 2 ? x.data[at + 1] : 0]
      if (k === 0) {
        running.re = re
        running.im = im
      } else step(running, re, im)
      data[at] = running.re
      if (slots === 2) data[at + 1] = running.im
    }
  return [settle(x.dtype, data)]
}

interface Cumulative {
  readonly accepts: Accepts
  readonly step: Step
  /** The same for integers, which wrap. */
  readonly integral?: Step
  readonly monoid: 'add' | 'mul' | 'max' | 'min' | 'logaddexp'
  readonly rules: Pick<Primitive<CumulativeParams>, 'jvp' | 'transpose' | 'like'>
}

type Accumulate = (x: NdArray, axis: number, reverse?: boolean) => NdArray

const cumulative = (name: string, o: Cumulative): Accumulate => {
  const reference: NonNullable<Primitive<CumulativeParams>['reference']> = ([x], params) =>
    run(x, params, isFloat(x.dtype) || isComplex(x.dtype) ? o.step : (o.integral ?? o.step))
  const onHost = hostRoutine<CumulativeParams>(
    name,
    'complex: the parts of a running value are no scalars of a scan',
    reference
  )
  const apply: Accumulate = (x, axis, reverse = false) => bind1(primitive, [x], { axis, reverse })
  const primitive: Primitive<CumulativeParams> = definePrimitive<CumulativeParams>({
    name,

    abstractEval: ([x], { axis }) => {
      checkKind(name, x.dtype, o.accepts)
      if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length)
        throw new AxisError(name, {
          problem: 'the axis is outside the array',
          got: `axis ${axis} of shape ${show(x.shape)}`,
          expected: `an axis from 0 to ${x.shape.length - 1}`,
          hint: 'np functions take negative axes'
        })
      return [x]
    },

    reference,
    ...o.rules,

    batch: batchUnary((x, at, { axis, reverse }) => [
      apply(x, axis < at ? axis : axis + 1, reverse),
      at
    ]),

    lower: (inputs, params, outputs, context) =>
      isComplex(outputs[0].dtype) && o.monoid !== 'add'
        ? onHost(inputs, params, outputs, context)
        : [context.cumulative(inputs[0], params.axis, o.monoid, params.reverse)]
  })
  return apply
}

/** Elements of `even` and `odd` in turn; `even` has as many as `odd`, or one more. */
const interleave = (even: NdArray, odd: NdArray, axis: number): NdArray => {
  const equal = even.shape[axis] === odd.shape[axis]
  const spread = (x: NdArray, low: number, high: number): NdArray =>
    pad(
      x,
      zeroOf(avalOf(x)),
      x.shape.map((_, a) => (a === axis ? [low, high, 1] : [0, 0, 0]))
    )
  return add(spread(even, 0, equal ? 1 : 0), spread(odd, 1, equal ? 0 : 1))
}

/**
 * All running combinations with 2n operations in 2 log n steps: combine neighbours, solve the
 * half problem, combine its results with the elements between.
 * Source: Ladner & Fischer 1980; the tree is that of JAX's associative_scan, because it decides
 * how ties share a derivative.
 */
const associativeScan = (
  f: (x: NdArray, y: NdArray) => NdArray,
  x: NdArray,
  axis: number
): NdArray => {
  const n = x.shape[axis]
  if (n < 2) return x
  const odd = associativeScan(
    f,
    f(sliceInDim(x, 0, n - 1, axis, 2), sliceInDim(x, 1, n, axis, 2)),
    axis
  )
  const first = sliceInDim(x, 0, 1, axis)
  if (n === 2) return concatenate([first, odd], axis)
  const before = n % 2 === 0 ? sliceInDim(odd, 0, odd.shape[axis] - 1, axis) : odd
  const even = concatenate([first, f(before, sliceInDim(x, 2, n, axis, 2))], axis)
  return interleave(even, odd, axis)
}

/** The rules of a member without a derivative of its own: those of the scan of `f`. */
const scanning = (
  f: (x: NdArray, y: NdArray) => NdArray
): Pick<Primitive<CumulativeParams>, 'like'> => ({
  like: ([x], { axis, reverse }) => [
    reverse ? rev(associativeScan(f, rev(x, [axis]), axis), [axis]) : associativeScan(f, x, axis)
  ]
})

/** Running sum. Linear; its transpose runs the other way. */
export const cumsum: Accumulate = cumulative('cumsum', {
  accepts: number,
  step: (running, re, im) => {
    running.re += re
    running.im += im
  },
  integral: (running, re) => {
    running.re = (running.re + re) | 0
  },
  monoid: 'add',
  rules: {
    jvp: linearJvp((x, { axis, reverse }) => cumsum(x, axis, reverse)),
    transpose: ([ct], _args, { axis, reverse }) => [isZero(ct) ? ct : cumsum(ct, axis, !reverse)]
  }
})

/** Running product. Derivatives are exact where factors are zero. Integers wrap. */
export const cumprod: Accumulate = cumulative('cumprod', {
  accepts: number,
  step: (running, re, im) => {
    const next = running.re * re - running.im * im
    running.im = running.re * im + running.im * re
    running.re = next
  },
  integral: (running, re) => {
    running.re = Math.imul(running.re, re)
  },
  monoid: 'mul',
  rules: scanning(mul)
})

/** Largest element so far; NaN from the first NaN on. */
export const cummax: Accumulate = cumulative('cummax', {
  accepts: ordered,
  step: (running, re) => {
    running.re = Math.max(running.re, re)
  },
  monoid: 'max',
  rules: scanning((x, y) => max(x, y))
})

/** Smallest element so far; NaN from the first NaN on. */
export const cummin: Accumulate = cumulative('cummin', {
  accepts: ordered,
  step: (running, re) => {
    running.re = Math.min(running.re, re)
  },
  monoid: 'min',
  rules: scanning((x, y) => min(x, y))
})

/** 0 in place of +∞, so that the weight of an infinite term is 1 and not NaN. */
const finite = (x: NdArray): NdArray => {
  const constant = (value: NdArray): NdArray => fillLike(value, x.shape)
  return select(eq(x, constant(infinity(avalOf(x)))), constant(zeroOf(avalOf(x))), x)
}

const infinity = (a: Aval): NdArray => scalar(Infinity, a.dtype)

const weight = (x: NdArray, z: NdArray): NdArray => exp(sub(finite(x), finite(z)))

/**
 * log(eˣ + eʸ): the combination of the scan below. Its derivative is NaN where both are −∞, as
 * JAX has it.
 */
export const logaddexp = binary('logaddexp', {
  accepts: float,
  scalar: logaddexpOf,
  stepwise: (dtype) => {
    const round = roundingOf(dtype)
    const [exp, log1p] = [ownFunction('exp', ownType(dtype)), ownFunction('log1p', ownType(dtype))]
    if (exp === undefined || log1p === undefined) return logaddexpOf
    return (x, y) => {
      if (x === y) return x + round(Math.LN2)
      const ratio = round(exp(-Math.abs(round(x - y))))
      return Math.max(x, y) + round(log1p(ratio))
    }
  },
  jvp: [(dx, x, _y, z) => mul(dx, weight(x, z)), (dy, _x, y, z) => mul(dy, weight(y, z))],
  lower: { expr: (x, y) => combine('logaddexp', x, y) }
})

/** log of the running sum of exponentials, without overflow; −∞ counts as no term. */
export const cumlogsumexp: Accumulate = cumulative('cumlogsumexp', {
  accepts: float,
  step: (running, re) => {
    running.re = logaddexpOf(running.re, re)
  },
  monoid: 'logaddexp',
  rules: scanning(logaddexp)
})
