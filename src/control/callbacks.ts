/**
 * Calls from programs into JavaScript: debug.print and debug.callback for their effect, and
 * pureCallback for its value. They run on concrete arrays under every transformation.
 */
import { avalOf, fromHost, hostOf, type Aval, type NdArray } from '../core/array.ts'
import { allocate, slotsOf, type DType } from '../core/dtype.ts'
import { ShapeError, TransformError, checkFunction } from '../core/errors.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { show as showArray } from '../core/show.ts'
import { flatten, unflatten } from '../core/tree.ts'
import type { Structure } from '../core/structure.ts'

import { batchFirst } from '../primitives/movement.ts'
import { fits, makeAval, show as showAval } from '../trace/aval.ts'
import { arraysOf } from '../trace/flat.ts'
import {
  definePrimitive,
  zero,
  type LoweredValue,
  type Lowering,
  type Primitive
} from '../trace/primitive.ts'
import { bind, evalTrace, withTrace } from '../trace/tracer.ts'

type Host = (arrays: readonly NdArray[]) => readonly NdArray[]

let nextIdentity = 0
const identities = new WeakMap<Host, number>()

/** A callback is what a kernel's name and parameters must determine: each gets a number. */
const identityOf = (f: Host): string => {
  const known = identities.get(f) ?? nextIdentity++
  identities.set(f, known)
  return `callback ${known}`
}

const lowerCall = (
  name: string,
  call: Host,
  inputs: readonly LoweredValue[],
  avals: readonly Aval[],
  outs: readonly Aval[],
  context: Lowering
): readonly LoweredValue[] =>
  context.library(name, identityOf(call), 'the user wrote it', inputs, outs, (data, results) => {
    // The views are valid during the call only; arrays outlive it.
    const values = withTrace(evalTrace, () =>
      call(data.map((d, i) => fromHost(avals[i], d.slice())))
    )
    values.forEach((v, i) => results[i].set(hostOf(v, name)))
  })

const avalsOf = (inputs: readonly LoweredValue[]): readonly Aval[] =>
  inputs.map((x) => makeAval(x.shape, x.dtype))

/** Example `i` of an array whose first axis counts examples. */
const example = (x: NdArray, i: number): NdArray => {
  const shape = x.shape.slice(1)
  const n = sizeOf(shape) * slotsOf(x.dtype)
  return fromHost(makeAval(shape, x.dtype, avalOf(x).weak), hostOf(x).slice(i * n, (i + 1) * n))
}

interface CallbackParams {
  readonly call: Host
}

export const debugCallbackP: Primitive<CallbackParams> = definePrimitive<CallbackParams>({
  name: 'debugCallback',
  abstractEval: () => [],
  evaluate: (args, { call }) => {
    call(args)
    return []
  },
  lower: (inputs, { call }, _outs, context) => {
    lowerCall('debugCallback', call, inputs, avalsOf(inputs), [], context)
    return []
  },
  jvp: (primals, _tangents, p) => [bind(debugCallbackP, primals, p), []],
  transpose: (_cts, args) => args.map(() => null),
  batch: (axis, args, dims, { call }) => {
    const each: Host = (arrays) => {
      for (let i = 0; i < axis.size; i++) call(arrays.map((x) => example(x, i)))
      return []
    }
    const first = args.map((x, i) => batchFirst(x, dims[i], axis.size))
    return [bind(debugCallbackP, first, { call: each }), []]
  },
  effects: () => true
})

interface PureCallbackParams {
  readonly call: Host
  readonly outs: readonly Aval[]
  readonly name: string
}

const checkResults = (name: string, outs: readonly Aval[], values: readonly NdArray[]): void => {
  const bad = outs.findIndex((a, i) => values[i] === undefined || !fits(a, avalOf(values[i])))
  if (bad < 0 && values.length === outs.length) return
  throw new ShapeError(name, {
    problem: 'the callback returned something else than announced',
    got: values.map((v) => showAval(avalOf(v))).join(', '),
    expected: outs.map(showAval).join(', '),
    hint: 'the second argument of pureCallback states the shapes and types of its results'
  })
}

export const pureCallbackP: Primitive<PureCallbackParams> = definePrimitive<PureCallbackParams>({
  name: 'pureCallback',
  abstractEval: (_avals, { outs }) => outs,
  evaluate: (args, { call, outs, name }) => {
    const values = call(args)
    checkResults(name, outs, values)
    return values
  },
  lower: (inputs, { call, outs }, _outs, context) =>
    lowerCall('pureCallback', call, inputs, avalsOf(inputs), outs, context),
  jvp: (primals, tangents, p) => {
    if (tangents.some((t) => !('_tag' in t)))
      throw new TransformError(p.name, {
        problem: 'a callback has no derivative',
        got: 'pureCallback of a differentiated value',
        expected: 'a function with a custom rule around it',
        hint: 'wrap it in customJvp or customVjp, or stopGradient its arguments'
      })
    const outs = bind(pureCallbackP, primals, p)
    return [outs, p.outs.map(zero)]
  },
  batch: (axis, args, dims, p) => {
    const outs = p.outs.map((a) => makeAval([axis.size, ...a.shape], a.dtype))
    const each: Host = (arrays) => {
      const stacks = outs.map((a) => allocate(a.dtype, sizeOf(a.shape)))
      for (let i = 0; i < axis.size; i++) {
        const values = p.call(arrays.map((x) => example(x, i)))
        checkResults(p.name, p.outs, values)
        values.forEach((v, k) => {
          const data = hostOf(v)
          stacks[k].set(data, i * data.length)
        })
      }
      return stacks.map((data, k) => fromHost(outs[k], data))
    }
    const first = args.map((x, i) => batchFirst(x, dims[i], axis.size))
    return [bind(pureCallbackP, first, { ...p, call: each, outs }), outs.map(() => 0)]
  }
})

const treeCall = (
  f: (...args: never[]) => unknown,
  structure: Structure
): ((arrays: readonly NdArray[]) => unknown) => {
  return (arrays) => f(...(unflatten(structure, arrays) as never[])) // an argument list
}

/** A result of pureCallback before it exists. */
export interface ResultType {
  readonly shape: Shape
  readonly dtype: DType
}

const isResultType = (x: unknown): x is ResultType =>
  typeof x === 'object' &&
  x !== null &&
  Array.isArray((x as { shape?: unknown }).shape) &&
  'dtype' in x

/** The tree of announced types, with a placeholder number for each so that trees can hold them. */
const announced = (tree: unknown): readonly [types: readonly Aval[], structure: Structure] => {
  const types: Aval[] = []
  const visit = (x: unknown): unknown => {
    if (isResultType(x)) {
      types.push(makeAval(x.shape, x.dtype))
      return types.length - 1
    }
    if (Array.isArray(x)) return x.map(visit)
    if (typeof x === 'object' && x !== null)
      return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, visit(v)]))
    return x
  }
  const [order, structure] = flatten(visit(tree), 'pureCallback')
  return [order.map((i) => types[i as number]), structure]
}

/**
 * Calls a JavaScript function of concrete arrays from inside a program. It must be pure: it may run
 * more than once, or not at all. `result` states what it returns: `{ shape, dtype }`, or a tree.
 *
 * Errors: ShapeError when it returns something else; TransformError when it is differentiated.
 *
 * @example
 * jit((x) => pureCallback((v) => np.array(v.item() * 2), { shape: [], dtype: 'float32' }, x))(3).item() // => 6
 */
export const pureCallback = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  result: unknown,
  ...args: A
): O => {
  checkFunction('pureCallback', f)
  const [arrays, structure] = arraysOf(args, 'pureCallback')
  const [outs, outStructure] = announced(result)
  const run = treeCall(f, structure)
  const call: Host = (given) => arraysOf(run(given), 'pureCallback')[0]
  const name = f.name === '' ? 'pureCallback' : `pureCallback(${f.name})`
  return unflatten(outStructure, bind(pureCallbackP, arrays, { call, outs, name })) as O
}

/** Calls a JavaScript function with concrete values each time the program runs, in order. */
const callback = <A extends readonly unknown[]>(f: (...args: A) => void, ...args: A): void => {
  const [arrays, structure] = arraysOf(args, 'debug.callback')
  const run = treeCall(f, structure)
  bind(debugCallbackP, arrays, {
    call: (given) => {
      run(given)
      return []
    }
  })
}

const isNamed = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype

/**
 * Prints values each time the program runs: `{}` takes the next value, `{name}` a field of the
 * object given last.
 */
const print = (format: string, ...values: readonly unknown[]): void => {
  const last = values[values.length - 1]
  const named = isNamed(last) && /\{\w+\}/.test(format)
  callback(
    (...given: readonly unknown[]) => {
      let next = 0
      const fields = named ? (given[given.length - 1] as Readonly<Record<string, unknown>>) : {}
      const text = (v: unknown): string => (v === undefined ? '{}' : showLeaf(v))
      // The one place of the library that writes to the console: the user asked for it.
      // oxlint-disable-next-line no-console
      console.log(
        format.replaceAll(/\{(\w*)\}/g, (_m, key: string) =>
          key === '' ? text(given[next++]) : text(fields[key])
        )
      )
    },
    ...values
  )
}

const showLeaf = (v: unknown): string => {
  const [leaves] = flatten(v, 'debug.print')
  return leaves.map((l) => (typeof l === 'object' ? showArray(l) : String(l))).join(', ')
}

/** Effects that work under jit, grad and vmap. */
export const debug = { print, callback } as const
