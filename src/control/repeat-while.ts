/** whileLoop without a bound on its trips, and how the types of carries settle. */
import { avalOf, hostOf, isTracer, type ArrayLike, type Aval, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { convertElementType } from '../primitives/convert.ts'
import { strong } from '../trace/aval.ts'
import { arraysOf } from '../trace/flat.ts'
import { outputAvals } from '../trace/jaxpr.ts'
import { bind } from '../trace/tracer.ts'
import { checkCarry, traceBody } from './closed.ts'
import { whileP } from './while-loop.ts'

/** Whether a number given as a carry means the same in the type that the body returns. */
const fits = (x: NdArray, out: Aval): boolean =>
  isInexact(out.dtype) || (!isTracer(x) && hostOf(x).every((v) => Number.isInteger(v)))

/** Carries have the type they settle on; a number given as one takes the type the body returns. */
export const settleCarry = (
  init: readonly NdArray[],
  trace: (init: readonly NdArray[]) => ReturnType<typeof traceBody>,
  carryCount: number
): { readonly init: readonly NdArray[]; readonly body: ReturnType<typeof traceBody> } => {
  const first = trace(init)
  const outs = outputAvals(first.jaxpr).slice(0, carryCount)
  const settles = init.map(
    (x, i) => avalOf(x).weak && outs[i]?.dtype !== undefined && fits(x, outs[i])
  )
  if (!init.some((x, i) => settles[i] && outs[i].dtype !== x.dtype)) return { init, body: first }
  const settled = init.map((x, i) => (settles[i] ? convertElementType(x, outs[i].dtype) : x))
  return { init: settled, body: trace(settled) }
}

/** Repeats `body` while `condition` holds: whileLoop without options. */
export const repeatWhile = <C>(
  condition: (carry: C) => ArrayLike,
  body: (carry: C) => C,
  init: C
): C => {
  const [arrays, structure] = arraysOf(init, 'whileLoop')
  const [, argStructure] = arraysOf([init], 'whileLoop')
  const settled = settleCarry(
    arrays,
    (carry) =>
      traceBody(
        'whileLoop',
        body,
        carry.map((x) => strong(avalOf(x))),
        argStructure
      ),
    arrays.length
  )
  const avals = settled.init.map((x) => strong(avalOf(x)))
  checkCarry('whileLoop', structure, avals, settled.body.structure, outputAvals(settled.body.jaxpr))
  const test = traceBody('whileLoop', condition, avals, argStructure)
  const [result] = outputAvals(test.jaxpr)
  if (test.jaxpr.outputs.length !== 1 || result.shape.length !== 0 || result.dtype !== 'bool')
    throw new DTypeError('whileLoop', {
      problem: 'the condition is no scalar boolean',
      got: `${result.dtype} of shape [${result.shape.join(', ')}]`,
      expected: 'bool of shape []',
      hint: 'compare, and reduce with all() or any()'
    })
  const outs = bind(whileP, [...test.consts, ...settled.body.consts, ...settled.init], {
    cond: test.jaxpr,
    body: settled.body.jaxpr,
    condConsts: test.consts.length,
    bodyConsts: settled.body.consts.length
  })
  return unflatten(structure, outs) as C
}
