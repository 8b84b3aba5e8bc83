/** The words that mistakes get. Messages are part of the API: a change here is a change of the API. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, scalar, type NdArray } from '../../src/core/array.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { customJvp } from '../../src/control/custom-jvp.ts'
import { customVjp } from '../../src/control/custom-vjp.ts'
import { jit } from '../../src/control/jit.ts'
import { config } from '../../src/core/config.ts'
import * as lax from '../../src/lax/index.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { linearize } from '../../src/transforms/linearize.ts'
import { grad, valueAndGrad, vjp } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, number } from '../control/arrays.ts'

const square = (x: NdArray): NdArray => lax.mul(x, x)
const matrix = array([1, 2, 3, 4, 5, 6], [2, 3])
const x = array([1, 2, 3])

describe('shapes, types, axes and indices', () => {
  test('operands of different shapes', () => {
    expect(message(() => lax.add(x, array([1, 2])))).toMatchInlineSnapshot(`
      "ShapeError add: the operands have different shapes
        got:      [3], [2]
        expected: equal shapes (primitives never broadcast)
        hint:     np functions broadcast; or call lax.broadcastInDim on one side"
    `)
    expect(message(() => lax.dot(matrix, array([1, 2])))).toMatchInlineSnapshot(`
      "ShapeError dotGeneral: the contracted axes do not pair up
        got:      lhs [2, 3] axes [1], rhs [2] axes [0]
        expected: as many axes on both sides, of equal extents in order
        hint:     np.matmul contracts the last axis of lhs with the last but one of rhs"
    `)
    expect(message(() => lax.concatenate([matrix, x], 0))).toMatchInlineSnapshot(`
      "ShapeError concatenate: the arrays differ in an axis that is not joined
        got:      [2, 3], [3]
        expected: equal ranks, and equal extents on every axis but 0
        hint:     np.broadcastTo or np.reshape first"
    `)
    expect(message(() => lax.reshape(x, [2, 2]))).toMatchInlineSnapshot(`
      "ShapeError reshape: the number of elements changes
        got:      [3] (3 elements) to [2, 2] (4)
        expected: a shape of 3 elements
        hint:     np.reshape works out one extent given as -1"
    `)
    expect(message(() => lax.broadcastInDim(x, [2, 2], [1]))).toMatchInlineSnapshot(`
      "ShapeError broadcastInDim: the operand does not fit into the result
        got:      operand [3], shape [2, 2], broadcastDimensions [1]
        expected: an increasing axis of the result for each operand axis, of extent 1 or equal
        hint:     np.broadcastTo aligns trailing axes by itself"
    `)
  })
  test('what is no array', () => {
    const list = [1, 2] as unknown as NdArray
    expect(message(() => lax.max(list, x))).toMatchInlineSnapshot(`
      "DTypeError lax: an argument is no array
        got:      a list
        expected: an array, a number or a boolean
        hint:     np.array makes an array of nested lists and of typed arrays"
    `)
    const missing = undefined as unknown as NdArray
    expect(message(() => lax.neg(missing))).toContain('got:      undefined')
    expect(message(() => lax.rev(missing, [0]))).toContain('got:      undefined')
  })
  test('an element type that does not exist', () => {
    expect(message(() => lax.convertElementType(x, 'int64' as 'int32'))).toMatchInlineSnapshot(`
      "DTypeError dtype: no element type has this name
        got:      'int64'
        expected: one of bool, uint8, uint16, uint32, int8, int16, int32, bfloat16, float16, float32, float64, complex64, complex128
        hint:     there are no 64-bit integers; floats are float32 unless said otherwise"
    `)
  })
  test('operands of different types', () => {
    expect(message(() => lax.add(x, scalar(1, 'int32')))).toMatchInlineSnapshot(`
      "DTypeError add: the operands have different element types
        got:      float64, int32
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
    expect(message(() => lax.sin(scalar(1, 'int32')))).toMatchInlineSnapshot(`
      "DTypeError sin: the operation is not defined for this element type
        got:      int32
        expected: a float, a complex type
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
    expect(message(() => lax.and(x, x))).toMatchInlineSnapshot(`
      "DTypeError and: the operation is not defined for this element type
        got:      float64
        expected: bool, an unsigned integer, a signed integer
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
    const complex = fromHost(makeAval([], 'complex128'), Float64Array.of(1, 1))
    expect(message(() => lax.lt(complex, complex))).toMatchInlineSnapshot(`
      "DTypeError lt: the operation is not defined for this element type
        got:      complex128
        expected: bool, an unsigned integer, a signed integer, a float
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
  })
  test('axes that an array does not have', () => {
    expect(message(() => lax.reduceSum(x, [1]))).toMatchInlineSnapshot(`
      "AxisError reduceSum: the axis is outside the array
        got:      axis 1 of an array of rank 1
        expected: an integer from -1 to 0
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => lax.reduceSum(x, [0, 0]))).toMatchInlineSnapshot(`
      "AxisError sum: the axes are not axes of the array
        got:      axes [0, 0] of shape [3]
        expected: increasing axes from 0 to 0
        hint:     np takes negative and unsorted axes"
    `)
    expect(message(() => lax.transpose(matrix, [0, 0]))).toMatchInlineSnapshot(`
      "AxisError transpose: the axes are no permutation
        got:      [0, 0] for an array of rank 2
        expected: each of the axes 0 to 1 once
        hint:     np.swapaxes and np.moveaxis name only the axes that move"
    `)
    expect(message(() => lax.argmax(x, 3))).toMatchInlineSnapshot(`
      "AxisError argmax: the axis is outside the array
        got:      axis 3 of an array of rank 1
        expected: an integer from -1 to 0
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => lax.cumsum(x, { axis: 2 }))).toMatchInlineSnapshot(`
      "AxisError cumsum: the axis is outside the array
        got:      axis 2 of an array of rank 1
        expected: an integer from -1 to 0
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => lax.squeeze(matrix, [0]))).toMatchInlineSnapshot(`
      "ValueError squeeze: an axis to drop has an extent other than 1
        got:      axis 0 of shape [2, 3]
        expected: axes of extent 1
        hint:     index it, or reduce over it"
    `)
  })
  test('indices outside an array', () => {
    expect(message(() => lax.slice(x, [0], [4]))).toMatchInlineSnapshot(`
      "IndexError slice: the slice is outside the array
        got:      start [0], limit [4], strides [1] of shape [3]
        expected: 0 ≤ start ≤ limit ≤ extent and strides ≥ 1 for every axis
        hint:     x.slice('1:3', '::-1') counts from the end, clamps and flips as NumPy does"
    `)
    expect(message(() => lax.indexInDim(x, 3))).toMatchInlineSnapshot(`
      "IndexError indexInDim: the index is outside the axis
        got:      index 3 of axis 0 of shape [3]
        expected: an integer from -3 to 2
        hint:     negative indices count from the end; dynamicIndexInDim takes traced ones and clamps"
    `)
    expect(message(() => lax.dynamicSlice(x, [0], [4]))).toMatchInlineSnapshot(`
      "ShapeError dynamicSlice: the window does not fit into the array
        got:      window [4] of shape [3]
        expected: 0 ≤ window ≤ extent for every axis
        hint:     the window has the rank of the array; an axis taken whole has its full extent"
    `)
  })
})

describe('structures', () => {
  test('values that are no arrays', () => {
    expect(message(() => grad((p: { a: null }) => p.a as never)({ a: null })))
      .toMatchInlineSnapshot(`
      "StructureError grad: a tree has a leaf that is neither array, number nor boolean
        got:      null at [0].a
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     the empty tree is []; leave out the field of an object, and use none of fp-ts for an empty Option"
    `)
    expect(message(() => jit((p: { readonly f: () => number }) => p)({ f: () => 1 })))
      .toMatchInlineSnapshot(`
      "StructureError jit: a tree has a leaf that is neither array, number nor boolean
        got:      a function at [0].f
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
    expect(message(() => jit(() => new Date() as never)())).toMatchInlineSnapshot(`
      "StructureError jit: a tree has a leaf that is neither array, number nor boolean
        got:      an instance of Date at the root
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
    expect(message(() => vmap((v: NdArray) => [v, 'text'])(x))).toMatchInlineSnapshot(`
      "StructureError vmap: a tree has a leaf that is neither array, number nor boolean
        got:      the string "text" at [1]
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
  })
  test('tangents and cotangents of other structures, shapes and types', () => {
    expect(message(() => jvp((p: object) => p, [{ a: x }], [{ b: x }] as never)))
      .toMatchInlineSnapshot(`
      "StructureError jvp: the trees have different structures
        got:      [0].a: missing on the right; [0].b: missing on the left
        expected: the same keys and lengths at every path
        hint:     give one tangent for each primal"
    `)
    expect(message(() => jvp(square, [x], [number(1)]))).toMatchInlineSnapshot(`
      "ShapeError jvp: a tangent has another shape than its value
        got:      tangent [] for a value of shape [3]
        expected: [3]
        hint:     np.onesLike(value) and np.zerosLike(value) have the right shape"
    `)
    expect(message(() => jvp(square, [x], [lax.convertElementType(x, 'float32')])))
      .toMatchInlineSnapshot(`
      "DTypeError jvp: a tangent has another element type than its value
        got:      tangent float32 for a value of type float64
        expected: float64
        hint:     convert it with astype('float64')"
    `)
    expect(message(() => vjp(square, [x])[1](array([1, 2])))).toMatchInlineSnapshot(`
      "ShapeError pullback: a cotangent has another shape than its value
        got:      cotangent [2] for a value of shape [3]
        expected: [3]
        hint:     np.onesLike(value) and np.zerosLike(value) have the right shape"
    `)
    expect(message(() => vjp(square, [x])[1]([x] as never))).toMatchInlineSnapshot(`
      "StructureError pullback: the trees have different structures
        got:      the root: a leaf against a tuple of 1
        expected: the same keys and lengths at every path
        hint:     give one cotangent for each result"
    `)
    expect(message(() => linearize(square, [x])[1](number(1)))).toMatchInlineSnapshot(`
      "ShapeError pushforward: a tangent has another shape than its value
        got:      tangent [] for a value of shape [3]
        expected: [3]
        hint:     np.onesLike(value) and np.zerosLike(value) have the right shape"
    `)
  })
  test('axes that do not fit the arguments of vmap', () => {
    expect(message(() => vmap(square, { inAxes: [0, 0] as never })(x))).toMatchInlineSnapshot(`
      "StructureError vmap inAxes: a prefix does not fit the tree it describes
        got:      a tuple of 2 at the root, where the tree has a tuple of 1
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(
      message(() => vmap((p: { a: NdArray }) => p.a, { inAxes: [{ b: 0 }] as never })({ a: x }))
    ).toMatchInlineSnapshot(`
      "StructureError vmap inAxes: a prefix does not fit the tree it describes
        got:      an object with b at [0], where the tree has an object with a
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(message(() => vmap(square, { inAxes: 1 })(x))).toMatchInlineSnapshot(`
      "AxisError vmap of argument [0]: the axis is outside the array
        got:      axis 1 of an array of rank 1
        expected: an integer from -1 to 0
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => vmap(square)(number(1)))).toMatchInlineSnapshot(`
      "AxisError vmap of argument [0]: the axis is outside the array
        got:      axis 0 of an array of rank 0
        expected: no axis: a scalar has none
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => vmap(lax.add)(x, array([1, 2])))).toMatchInlineSnapshot(`
      "ShapeError vmap: the mapped axes have different extents
        got:      [0]: 3, [1]: 2
        expected: 3 on every mapped axis
        hint:     inAxes: null shares an argument between all examples"
    `)
    expect(message(() => vmap(square, { inAxes: null })(x))).toMatchInlineSnapshot(`
      "ValueError vmap: no argument is mapped
        got:      inAxes of null everywhere
        expected: an axis for at least one argument, or axisSize
        hint:     pass { axisSize: n } to repeat a function of shared arguments"
    `)
    expect(message(() => vmap(square, { outAxes: 1 })(x))).toMatchInlineSnapshot(`
      "AxisError vmap outAxes: the axis is outside the array
        got:      axis 1 of an array of rank 1
        expected: an integer from -1 to 0
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => vmap(square, { outAxes: null })(x))).toMatchInlineSnapshot(`
      "ValueError vmap: a result differs between examples but outAxes says it is shared
        got:      a mapped result with outAxes null
        expected: an axis for every mapped result
        hint:     reduce it inside with lax.pmean, or give it an axis in outAxes"
    `)
    expect(message(() => vmap(square, { axisSize: 2 })(x))).toMatchInlineSnapshot(`
      "ShapeError vmap: the mapped axes have different extents
        got:      [0]: 3
        expected: 2 on every mapped axis
        hint:     inAxes: null shares an argument between all examples"
    `)
  })
  test('carries that change their type, shape or structure', () => {
    const step = (next: (c: NdArray) => unknown) => () =>
      lax.scan((c: NdArray, v: NdArray) => [next(c), v] as never, number(0), x)
    expect(message(step((c) => lax.convertElementType(c, 'float32')))).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      the root: f64[] became f32[]
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(message(step((c) => lax.broadcast(c, [2])))).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      the root: f64[] became f64[2]
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(message(step((c) => [c, c]))).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      the root: a leaf against a tuple of 2
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(
      message(() =>
        lax.scan(
          (c: { readonly h: NdArray; readonly n: NdArray }, _v: NdArray) =>
            [{ h: c.h, m: c.n }, []] as never,
          { h: x, n: x },
          x
        )
      )
    ).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      m: missing on the left; n: missing on the right
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(
      message(() =>
        lax.whileLoop(
          () => true,
          (c: NdArray) => lax.gt(c, 0),
          number(1)
        )
      )
    ).toMatchInlineSnapshot(`
      "StructureError whileLoop: the carry changes its structure or types
        got:      the root: f64[] became bool[]
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(message(() => lax.foriLoop(0, 3, (_i, c: NdArray) => lax.broadcast(c, [1]), number(1))))
      .toMatchInlineSnapshot(`
        "StructureError foriLoop: the carry changes its structure or types
          got:      the root: f64[] became f64[1]
          expected: the carry that the body returns to be as the one it was given
          hint:     convert the first carry with astype, or return every leaf in the same place"
      `)
  })
  test('branches that disagree', () => {
    expect(
      message(() =>
        lax.cond(
          true,
          (v: NdArray) => v,
          (v: NdArray) => lax.broadcast(v, [2]),
          number(1)
        )
      )
    ).toMatchInlineSnapshot(`
      "StructureError cond: the branches return different structures or types
        got:      the root: f64[2] against f64[]
        expected: results of the same structure, shapes and types from every branch
        hint:     convert with astype, or broadcast, so that the branches agree"
    `)
    expect(
      message(() =>
        lax.cond(
          x,
          (v: NdArray) => v,
          (v: NdArray) => v,
          number(1)
        )
      )
    ).toMatchInlineSnapshot(`
      "ShapeError cond: the choice is no scalar
        got:      an array of shape [3]
        expected: a scalar
        hint:     np.where chooses element by element; vmap makes a scalar choice per example"
    `)
  })
  test('rules that return something else than their function', () => {
    const wrongRule = customJvp(square, { jvp: (([v]: [NdArray]) => [v, [v, v]]) as never })
    expect(message(() => grad(wrongRule)(number(1)))).toMatchInlineSnapshot(`
      "StructureError customJvp(square): the trees have different structures
        got:      the root: a leaf against a tuple of 2
        expected: the same keys and lengths at every path
        hint:     the rule returns [f(...primals), its tangent]"
    `)
    const wrongShape = customJvp(square, { jvp: (([v]: [NdArray]) => [v, x]) as never })
    expect(message(() => grad(wrongShape)(number(1)))).toMatchInlineSnapshot(`
      "ShapeError customJvp(square): a tangent has another shape than its value
        got:      tangent [3] for a value of shape []
        expected: []
        hint:     np.onesLike(value) and np.zerosLike(value) have the right shape"
    `)
    const fewCotangents = customVjp(lax.mul as (a: NdArray, b: NdArray) => NdArray, {
      fwd: ((a: NdArray, b: NdArray) => [lax.mul(a, b), []]) as never,
      bwd: (_r: unknown, ct: NdArray) => [ct]
    })
    expect(message(() => grad(fewCotangents)(number(1), number(2)))).toMatchInlineSnapshot(`
      "StructureError customVjp: the trees have different structures
        got:      the root: 2 against 1 entries
        expected: the same keys and lengths at every path
        hint:     bwd returns one cotangent per argument, in a list"
    `)
    const wrongCotangent = customVjp(square, {
      fwd: ((a: NdArray) => [a, []]) as never,
      bwd: () => [x]
    })
    expect(message(() => grad(wrongCotangent)(number(1)))).toMatchInlineSnapshot(`
      "ShapeError customVjp(square): a cotangent has another shape than its value
        got:      cotangent [3] for a value of shape []
        expected: []
        hint:     np.onesLike(value) and np.zerosLike(value) have the right shape"
    `)
    const noPair = customVjp(square, { fwd: ((a: NdArray) => a) as never, bwd: () => [x] })
    expect(message(() => grad(noPair)(number(1)))).toMatchInlineSnapshot(
      `
      "ValueError customVjp(square): fwd does not return a pair
        got:      an array
        expected: [f(...args), residuals]
        hint:     return a list of the two, in this order"
    `
    )
  })
})

describe('tracers', () => {
  test('turned into numbers', () => {
    const peek = (v: NdArray): NdArray => number(hostOf(v)[0] ?? 0)
    expect(message(() => jit(peek)(number(1)))).toMatchInlineSnapshot(`
      "TracerError data: the value of a traced array is not known
        got:      a tracer of jit(peek)
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
    expect(message(() => vmap(peek)(x))).toMatchInlineSnapshot(`
      "TracerError data: the value of a traced array is not known
        got:      a tracer of vmap(peek)
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
    expect(message(() => grad(peek)(number(1)))).toMatchInlineSnapshot(`
      "TracerError data: the value of a traced array is not known
        got:      a tracer of grad(peek)
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
  })
  test('turned into numbers by operators and methods', () => {
    const compare = (v: NdArray): NdArray => ((v as unknown as number) > 0 ? v : lax.neg(v))
    expect(message(() => jit(compare)(number(1)))).toMatchInlineSnapshot(`
      "TracerError conversion: JavaScript converts no array to a number
        got:      Tracer<f64[] of jit(compare)>
        expected: a call that says what is meant
        hint:     x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element, outside jit(compare) only"
    `)
    expect(message(() => jit((v: NdArray) => number(v.item()))(number(1)))).toMatchInlineSnapshot(`
      "TracerError item: the value of a traced array is not known
        got:      a tracer of jit
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
    expect(message(() => vmap((v: NdArray) => number(Number(v)))(x))).toMatchInlineSnapshot(`
      "TracerError conversion: JavaScript converts no array to a number
        got:      Tracer<f64[] of vmap>
        expected: a call that says what is meant
        hint:     x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element, outside vmap only"
    `)
    expect(message(() => compare(number(1)))).toMatchInlineSnapshot(`
      "ValueError conversion: JavaScript converts no array to a number
        got:      NdArray float64[] 1.0
        expected: a call that says what is meant
        hint:     x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element"
    `)
  })
  test('kept after their transformation ended', () => {
    let kept: NdArray | null = null
    const keep = (v: NdArray): NdArray => (kept = v)
    const use = (): NdArray => lax.add(kept as unknown as NdArray, 1)
    jit(keep)(number(1))
    expect(message(use)).toMatchInlineSnapshot(`
      "TracerError add: a tracer is used after the transformation that made it ended
        got:      a tracer of jit(keep)
        expected: concrete arrays, or tracers of a transformation that is still running
        hint:     return values from the transformed function instead of assigning them outside; config({ checkTracerLeaks: true }) names the line"
    `)
    grad(keep)(number(1))
    expect(message(use)).toMatchInlineSnapshot(`
      "TracerError add: a tracer is used after the transformation that made it ended
        got:      a tracer of grad(keep)
        expected: concrete arrays, or tracers of a transformation that is still running
        hint:     return values from the transformed function instead of assigning them outside; config({ checkTracerLeaks: true }) names the line"
    `)
    vmap(keep)(x)
    expect(message(use)).toMatchInlineSnapshot(`
      "TracerError add: a tracer is used after the transformation that made it ended
        got:      a tracer of vmap(keep)
        expected: concrete arrays, or tracers of a transformation that is still running
        hint:     return values from the transformed function instead of assigning them outside; config({ checkTracerLeaks: true }) names the line"
    `)
    jit(keep)(array([1, 2]))
    expect(
      message(() => jit((v: NdArray) => lax.add(v, kept as unknown as NdArray))(array([1, 2])))
    ).toMatchInlineSnapshot(`
      "TracerError jit: a tracer is used after the transformation that made it ended
        got:      a tracer of jit(keep)
        expected: concrete arrays, or tracers of a transformation that is still running
        hint:     return values from the transformed function instead of assigning them outside; config({ checkTracerLeaks: true }) names the line"
    `)
    const before = config({ checkTracerLeaks: true })
    try {
      jit(keep)(array([1, 2, 3]))
      expect(message(use).replace(/made at .*\/(test.*?):.*/, 'made at $1')).toMatchInlineSnapshot(`
        "TracerError add: a tracer is used after the transformation that made it ended
          got:      a tracer of jit(keep), made at test/errors/mistakes.test.ts
          expected: concrete arrays, or tracers of a transformation that is still running
          hint:     return values from the transformed function instead of assigning them outside"
      `)
    } finally {
      config(before)
    }
    expect(message(() => hostOf(kept as unknown as NdArray))).toMatchInlineSnapshot(`
      "TracerError data: the value of a traced array is not known
        got:      a tracer of jit(keep)
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
  })
  test('in functions that return a Promise', () => {
    const asynchronous = (async (v: NdArray) => v) as unknown as (v: NdArray) => NdArray
    expect(message(() => jit(asynchronous)(x))).toMatchInlineSnapshot(`
      "TracerError jit(asynchronous): a traced function returned a Promise
        got:      the result of asynchronous
        expected: arrays, or trees of them, at once
        hint:     await outside the function and pass the values in as arguments"
    `)
    const loss = async (v: NdArray): Promise<NdArray> => v
    expect(message(() => grad(loss as never)(x))).toMatchInlineSnapshot(`
      "TracerError grad: a traced function returned a Promise
        got:      the result of loss
        expected: arrays, or trees of them, at once
        hint:     await outside the function and pass the values in as arguments"
    `)
    expect(message(() => lax.scan(loss as never, number(0), x))).toMatchInlineSnapshot(`
      "TracerError scan: a traced function returned a Promise
        got:      the result of loss
        expected: arrays, or trees of them, at once
        hint:     await outside the function and pass the values in as arguments"
    `)
  })
})

describe('derivatives', () => {
  test('of something that is no scalar', () => {
    expect(message(() => grad(square)(x))).toMatchInlineSnapshot(`
      "ShapeError grad: the function does not return a scalar
        got:      a result of shape [3]
        expected: a result of shape []
        hint:     reduce it with sum() or mean(), or use jacrev for a matrix of derivatives"
    `)
    expect(message(() => grad((v: NdArray) => [v, v] as never)(number(1)))).toMatchInlineSnapshot(`
      "ValueError grad: the function does not return a single scalar
        got:      [*,*]
        expected: a scalar
        hint:     return the loss alone, or [loss, auxiliary] with { hasAux: true }"
    `)
    expect(message(() => valueAndGrad(square, { hasAux: true } as never)(number(1))))
      .toMatchInlineSnapshot(`
      "ValueError valueAndGrad: with hasAux the function returns a pair
        got:      *
        expected: [scalar, auxiliary]
        hint:     return [loss, { anything: else }]"
    `)
    expect(message(() => grad((v: NdArray) => lax.argmax(v, 0))(x))).toMatchInlineSnapshot(`
      "DTypeError grad: the result cannot be differentiated
        got:      int32
        expected: a real float result
        hint:     comparisons, argmax and integer arithmetic have no derivative"
    `)
  })
  test('with respect to integers and complex numbers', () => {
    expect(message(() => grad(square)(scalar(1, 'int32')))).toMatchInlineSnapshot(`
      "DTypeError grad: integers and booleans have no derivative
        got:      an argument of type int32
        expected: float arguments
        hint:     convert with astype('float32'), pick other argnums, or pass { allowInt: true }"
    `)
    expect(message(() => jacfwd(square)(scalar(1, 'int32')))).toMatchInlineSnapshot(`
      "DTypeError jacfwd: integers and booleans have no derivative
        got:      an argument of type int32
        expected: float arguments
        hint:     convert with astype('float32'), or pick other argnums"
    `)
    expect(message(() => jacrev((v: NdArray) => lax.gt(v, 0))(x))).toMatchInlineSnapshot(`
      "DTypeError jacrev: a result cannot be differentiated
        got:      a result of type bool
        expected: float results
        hint:     return it as auxiliary output with { hasAux: true }"
    `)
    const complex = fromHost(makeAval([], 'complex128'), Float64Array.of(1, 1))
    expect(message(() => grad(square)(complex))).toMatchInlineSnapshot(`
      "DTypeError grad: a complex argument needs a holomorphic function
        got:      complex128
        expected: real arguments
        hint:     pass { holomorphic: true }, or differentiate the real and imaginary parts"
    `)
    expect(message(() => grad((v: NdArray) => lax.real(v), { holomorphic: true })(complex)))
      .toMatchInlineSnapshot(`
      "DTypeError grad: the result cannot be differentiated
        got:      float64
        expected: a complex result
        hint:     comparisons, argmax and integer arithmetic have no derivative"
    `)
    expect(message(() => grad(square, { holomorphic: true })(number(1)))).toMatchInlineSnapshot(`
      "DTypeError grad: a holomorphic function takes complex arguments
        got:      float64
        expected: complex64 or complex128
        hint:     convert with astype('complex64'), or leave out { holomorphic: true }"
    `)
  })
  test('of arguments that were not given', () => {
    expect(message(() => grad(square, { argnums: 1 })(x))).toMatchInlineSnapshot(`
      "ValueError grad: argnums names an argument that was not given
        got:      1 of 1 argument
        expected: integers from -1 to 0
        hint:     argnums counts positional arguments from 0, or from the end when negative"
    `)
    expect(message(() => grad(square, { argnums: [0.5] })(x))).toMatchInlineSnapshot(`
      "ValueError grad: argnums names an argument that was not given
        got:      0.5 of 1 argument
        expected: integers from -1 to 0
        hint:     argnums counts positional arguments from 0, or from the end when negative"
    `)
    expect(message(() => jacrev(square, { argnums: 2 })(x))).toMatchInlineSnapshot(`
      "ValueError jacrev: argnums names an argument that was not given
        got:      2 of 1 argument
        expected: integers from -1 to 0
        hint:     argnums counts positional arguments from 0, or from the end when negative"
    `)
  })
  test('of loops whose length is not known', () => {
    const doubled = (v: NdArray): NdArray =>
      lax.whileLoop(
        (c: NdArray) => lax.lt(c, 100),
        (c: NdArray) => lax.mul(c, 2),
        v
      )
    expect(message(() => grad(doubled)(number(1)))).toMatchInlineSnapshot(`
      "TransformError whileLoop: a loop with an unknown number of trips has no reverse mode
        got:      grad or vjp of a whileLoop, or of a foriLoop with traced bounds
        expected: a bound on the trips, whose carries reverse mode has to keep
        hint:     pass { maxTrips: n }, use scan, or differentiate with jvp or jacfwd"
    `)
  })
})

describe('options', () => {
  const unknown: readonly (readonly [string, () => unknown])[] = [
    ['grad', () => grad(square, { argnum: 1 } as never)],
    ['valueAndGrad', () => valueAndGrad(square, { aux: true } as never)],
    ['jacfwd', () => jacfwd(square, { argNums: 1 } as never)],
    ['jacrev', () => jacrev(square, { allowInt: true } as never)],
    ['hessian', () => hessian(square, { x: 1 } as never)],
    ['vmap', () => vmap(square, { in_axes: 0 } as never)],
    ['jit', () => jit(square, { static_argnums: 0 } as never)],
    ['checkpoint', () => checkpoint(square, { policies: 0 } as never)],
    ['customJvp', () => customJvp(square, { rule: square } as never)],
    ['customVjp', () => customVjp(square, { forward: square } as never)],
    ['scan', () => lax.scan(square as never, x, x, { unroll: 2 } as never)],
    ['whileLoop', () => lax.whileLoop(square, square, x, { max: 2 } as never)],
    ['associativeScan', () => lax.associativeScan(lax.add, x, { dim: 2 } as never)],
    ['reduceWindow', () => lax.reduceWindow(x, 'add', { window: 2 } as never)],
    ['cumsum', () => lax.cumsum(x, { dim: 0 } as never)],
    ['sort', () => lax.sort(x, { axis: 0 } as never)],
    ['config', () => config({ thread: 2 } as never)]
  ]
  test.each(unknown)('of %s with unknown names', (name, call) => {
    const text = message(call)
    expect(text).toMatch(new RegExp(`^ValueError ${name}: an option has an unknown name\n`))
    expect(text).toMatch(/\n {2}expected: (one of|no options)/)
  })
  test('are listed', () => {
    expect(message(() => grad(square, { argnum: 1 } as never))).toMatchInlineSnapshot(`
      "ValueError grad: an option has an unknown name
        got:      'argnum'
        expected: one of argnums, hasAux, allowInt, holomorphic
        hint:     option names are JAX keyword names in camelCase"
    `)
  })
  test('of jit that name no argument', () => {
    expect(message(() => jit(square, { staticArgnums: 1 })(x))).toMatchInlineSnapshot(`
      "ValueError jit: staticArgnums names an argument that was not given
        got:      1 of 1 argument
        expected: integers from -1 to 0
        hint:     staticArgnums counts positional arguments from 0, or from the end when negative"
    `)
    expect(message(() => jit(square, { donateArgnums: [0, 3] })(x))).toMatchInlineSnapshot(`
      "ValueError jit: donateArgnums names an argument that was not given
        got:      3 of 1 argument
        expected: integers from -1 to 0
        hint:     donateArgnums counts positional arguments from 0, or from the end when negative"
    `)
    expect(message(() => jit(square, { staticArgnums: 'x' as never })(x))).toMatchInlineSnapshot(`
      "ValueError jit: staticArgnums names an argument that was not given
        got:      x of 1 argument
        expected: integers from -1 to 0
        hint:     staticArgnums counts positional arguments from 0, or from the end when negative"
    `)
  })
  test('of jit that contradict each other', () => {
    expect(message(() => jit(square, { staticArgnums: 0, donateArgnums: 0 })(x)))
      .toMatchInlineSnapshot(`
      "ValueError jit: an argument is both static and donated
        got:      argument 0 in staticArgnums and donateArgnums
        expected: donated arguments that are arrays
        hint:     static arguments are part of the program and have no memory to give"
    `)
  })
  test('with values outside their domain', () => {
    expect(message(() => config({ threads: -1 }))).toMatchInlineSnapshot(`
      "ValueError config: the setting threads has a value it cannot take
        got:      -1
        expected: a number from 0 on
        hint:     config() without arguments returns the settings in force"
    `)
    expect(message(() => config({ fallback: 'never' as never }))).toMatchInlineSnapshot(`
      "ValueError config: the setting fallback has a value it cannot take
        got:      never
        expected: 'reference' or 'error'
        hint:     config() without arguments returns the settings in force"
    `)
    expect(message(() => lax.scan(square as never, x, null as never))).toMatchInlineSnapshot(`
      "ValueError scan: the number of steps is not known
        got:      nothing to scan over, or scalars
        expected: arrays with a leading axis, or { length }
        hint:     pass null for xs and { length: n } to repeat a step"
    `)
    expect(message(() => lax.scan((c: NdArray) => [c, c] as never, x, [x, array([1])])))
      .toMatchInlineSnapshot(`
      "ShapeError scan: the scanned arrays have different lengths
        got:      3, 1
        expected: 3 on the leading axis of each
        hint:     close over arrays that every step shares"
    `)
    expect(message(() => lax.scan((c: NdArray) => c as never, x, x))).toMatchInlineSnapshot(`
      "ValueError scan: the body does not return a pair
        got:      *
        expected: [carry, y]
        hint:     return [carry, {}] when there is nothing to stack"
    `)
    expect(message(() => lax.psum(x, 'batch'))).toMatchInlineSnapshot(`
      "ValueError psum: no mapped axis has this name where the operation runs
        got:      'batch'
        expected: a call inside vmap(f, { axisName: 'batch' })
        hint:     collectives combine examples, so they need the axis that counts them"
    `)
  })
  test('that are functions where functions are missing', () => {
    expect(message(() => jit(undefined as never))).toMatchInlineSnapshot(
      `
      "ValueError jit: an argument is no function
        got:      undefined
        expected: a function
        hint:     pass the function and not its result: f instead of f(x)"
    `
    )
    expect(message(() => grad(3 as never))).toMatchInlineSnapshot(`
      "ValueError grad: an argument is no function
        got:      the number 3
        expected: a function
        hint:     pass the function and not its result: f instead of f(x)"
    `)
    expect(message(() => vmap(null as never))).toMatchInlineSnapshot(
      `
      "ValueError vmap: an argument is no function
        got:      null
        expected: a function
        hint:     pass the function and not its result: f instead of f(x)"
    `
    )
    expect(message(() => makeJaxpr('f' as never)(x as never))).toMatchInlineSnapshot(
      `
      "ValueError makeJaxpr: an argument is no function
        got:      the string f
        expected: a function
        hint:     pass the function and not its result: f instead of f(x)"
    `
    )
  })
})

describe('donated arrays', () => {
  test('throw when they are read or used again', () => {
    const step = jit(
      function step(v: NdArray) {
        return lax.add(v, 1)
      },
      { donateArgnums: 0 }
    )
    const given = array([1, 2])
    step(given)
    expect(message(() => hostOf(given))).toMatchInlineSnapshot(`
      "DeviceError data: the array was donated and its memory is used for something else now
        got:      an array donated to jit(step)
        expected: an array that is still owned
        hint:     use what the call returned, or leave the argument out of donateArgnums"
    `)
    expect(message(() => lax.add(given, 1))).toMatchInlineSnapshot(`
      "DeviceError add: the array was donated and its memory is used for something else now
        got:      an array donated to jit(step)
        expected: an array that is still owned
        hint:     use what the call returned, or leave the argument out of donateArgnums"
    `)
    expect(message(() => step(given))).toMatchInlineSnapshot(`
      "DeviceError jit: the array was donated and its memory is used for something else now
        got:      an array donated to jit(step)
        expected: an array that is still owned
        hint:     use what the call returned, or leave the argument out of donateArgnums"
    `)
  })
})
