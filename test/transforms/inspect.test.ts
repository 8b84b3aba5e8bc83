import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { debug } from '../../src/control/callbacks.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { customJvp } from '../../src/control/custom-jvp.ts'
import { customVjp } from '../../src/control/custom-vjp.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { check } from '../../src/trace/jaxpr.ts'
import { evalShape, makeJaxpr, shapeDType } from '../../src/transforms/inspect.ts'
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { linearize } from '../../src/transforms/linearize.ts'
import { grad, valueAndGrad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, number } from '../control/arrays.ts'

const quadratic = (x: NdArray): NdArray => lax.reduceSum(lax.mul(x, lax.mul(x, 2)), [0])
const running = (w: NdArray, xs: NdArray): NdArray =>
  lax.scan(
    (h: NdArray, x: NdArray) => {
      const next = lax.tanh(lax.add(lax.mul(h, w), x))
      return [next, next] as const
    },
    number(0),
    xs
  )[0]
const branching = (x: NdArray): NdArray =>
  lax.cond(
    lax.gt(x, 0),
    (v: NdArray) => lax.mul(v, v),
    (v: NdArray) => lax.neg(v),
    x
  )
const doubling = customJvp((x: NdArray) => lax.sin(x), {
  jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) => [lax.sin(x), lax.mul(dx, 2)] as const
})
const claimed = customVjp((x: NdArray) => lax.mul(x, x), {
  fwd: (x: NdArray) => [lax.mul(x, x), x] as const,
  bwd: (x: NdArray, ct: NdArray) => [lax.mul(lax.mul(ct, 10), x)]
})
const collatz = (n: NdArray): NdArray =>
  lax.whileLoop(
    (x: NdArray) => lax.lt(x, 100),
    (x: NdArray) => lax.mul(x, 3),
    n
  )

const x = array([1, 2, 3])
const text = (jaxpr: unknown): string => String(jaxpr)

describe('makeJaxpr prints', () => {
  test('a function, with what it closes over as hidden inputs and scalars written in', () => {
    const weights = array([1, 2, 3])
    expect(text(makeJaxpr((v: NdArray) => lax.mul(lax.add(v, weights), 2))(x)))
      .toMatchInlineSnapshot(`
      "{ lambda a:f64[3] ; b:f64[3] . let
          c:f64[3] = add b a
          d:f64[3] = broadcastInDim[shape=[3] dimensions=[]] 2:f64[]
          e:f64[3] = mul c d
        in (e,) }"
    `)
  })
  test('its gradient', () => {
    expect(text(makeJaxpr(grad(quadratic))(x))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[3] . let
          b:f64[3] = broadcastInDim[shape=[3] dimensions=[]] 2:f64[]
          c:f64[3] = mul a b
          d:f64[3] = mul a c
          e:f64[] = sum[axes=[0]] d
          f:f64[3] = broadcastInDim[shape=[3] dimensions=[]] 1:f64[]
          g:f64[3] = mul a f
          h:f64[3] = mul f c
          i:f64[3] = mul g b
          j:f64[3] = add h i
        in (j,) }"
    `)
  })
  test('its second derivative', () => {
    expect(text(makeJaxpr(grad(grad((v: NdArray) => lax.mul(v, lax.sin(v)))))(number(1))))
      .toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = sin a
          c:f64[] = cos a
          d:f64[] = cos a
          e:f64[] = sin a
          f:f64[] = mul a b
          g:f64[] = mul a 1:f64[]
          h:f64[] = mul 1:f64[] b
          i:f64[] = mul g d
          j:f64[] = add h i
          k:f64[] = mul g 1:f64[]
          l:f64[] = mul 1:f64[] d
          m:f64[] = mul 1:f64[] 1:f64[]
          n:f64[] = mul l 1:f64[]
          o:f64[] = neg k
          p:f64[] = mul o e
          q:f64[] = add n p
          r:f64[] = mul m c
          s:f64[] = add q r
        in (s,) }"
    `)
  })
  test('its batch', () => {
    expect(
      text(makeJaxpr(vmap((row: NdArray) => lax.dot(row, x)))(array([1, 2, 3, 4, 5, 6], [2, 3])))
    ).toMatchInlineSnapshot(`
      "{ lambda a:f64[3] ; b:f64[2,3] . let
          c:f64[2] = dotGeneral[dimensionNumbers={lhsContracting=[1] rhsContracting=[0] lhsBatch=[] rhsBatch=[]} preferredElementType=null] b a
        in (c,) }"
    `)
  })
  test('its forward derivative', () => {
    expect(
      text(makeJaxpr((v: NdArray, dv: NdArray) => jvp(lax.sin, [v], [dv]))(number(1), number(1)))
    ).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] b:f64[] . let
          c:f64[] = sin a
          d:f64[] = cos a
          e:f64[] = mul b d
        in (c, e) }"
    `)
  })
  test('jitted functions, by name', () => {
    const inner = jit(function inner(v: NdArray) {
      return lax.sin(v)
    })
    expect(text(makeJaxpr((v: NdArray) => lax.add(inner(v), inner(v)))(x))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[3] . let
          b:f64[3] = jit[name=inner jaxpr={ lambda ; a:f64[3] . let
                b:f64[3] = sin a
              in (b,) }] a
          c:f64[3] = jit[name=inner jaxpr={ lambda ; a:f64[3] . let
                b:f64[3] = sin a
              in (b,) }] a
          d:f64[3] = add b c
        in (d,) }"
    `)
  })
  test('a scan', () => {
    expect(text(makeJaxpr(running)(number(1), x))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] b:f64[3] . let
          c:f64[] d:f64[3] = scan[length=3 reverse=false constCount=1 carryCount=1 jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] . let
                d:f64[] = mul b a
                e:f64[] = add d c
                f:f64[] = tanh e
              in (f, f) }] a 0:f64[] b
        in (c,) }"
    `)
  })
  test('the gradient of a scan', () => {
    expect(text(makeJaxpr(grad(running))(number(1), x))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] b:f64[3] . let
          c:f64[] d:f64[3] e:f64[3] f:f64[3] = scan[length=3 reverse=false constCount=1 carryCount=1 jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] . let
                d:f64[] = mul b a
                e:f64[] = add d c
                f:f64[] = tanh e
                g:f64[] = sub 1:f64[] f
              in (f, f, b, g) }] a 0:f64[] b
          g:f64[] h:f64[] = scan[length=3 reverse=true constCount=1 carryCount=2 jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] d:f64[] e:f64[] f:f64[] . let
                g:f64[] = mul c f
                h:f64[] = mul g e
                i:f64[] = add g h
                j:f64[] = mul d i
                k:f64[] = mul i a
                l:f64[] = add b j
              in (l, k) }] a 0:f64[] 1:f64[] e d f
        in (g,) }"
    `)
  })
  test('branches', () => {
    expect(text(makeJaxpr(branching)(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:bool[] = gt a 0:f64[]
          c:i32[] = convertElementType[dtype=int32 weak=false] b
          d:f64[] = cond[branches=(
              { lambda ; a:f64[] . let
                  b:f64[] = neg a
                in (b,) }
              { lambda ; a:f64[] . let
                  b:f64[] = mul a a
                in (b,) }
            )] c a
        in (d,) }"
    `)
  })
  test('a while loop', () => {
    expect(text(makeJaxpr(collatz)(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = while[condConsts=0 bodyConsts=0 cond={ lambda ; a:f64[] . let
                b:bool[] = lt a 100:f64[]
              in (b,) } body={ lambda ; a:f64[] . let
                b:f64[] = mul a 3:f64[]
              in (b,) }] a
        in (b,) }"
    `)
  })
  test('functions with rules of their own', () => {
    expect(text(makeJaxpr(doubling)(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = customJvp[constCount=0 rule=<rule> name=customJvp jaxpr={ lambda ; a:f64[] . let
                b:f64[] = sin a
              in (b,) }] a
        in (b,) }"
    `)
    expect(text(makeJaxpr(grad(doubling))(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = sin a
          c:f64[] = mul 1:f64[] 2:f64[]
        in (c,) }"
    `)
    expect(text(makeJaxpr(claimed)(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = customVjp[constCount=0 forward=<forward> backward=<backward> name=customVjp jaxpr={ lambda ; a:f64[] . let
                b:f64[] = mul a a
              in (b,) }] a
        in (b,) }"
    `)
    expect(text(makeJaxpr(grad(claimed))(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = mul a a
          c:f64[] = mul 1:f64[] 10:f64[]
          d:f64[] = mul c a
        in (d,) }"
    `)
  })
  test('checkpoints', () => {
    expect(text(makeJaxpr(grad(checkpoint((v: NdArray) => lax.sin(v))))(number(1))))
      .toMatchInlineSnapshot(`
        "{ lambda ; a:f64[] . let
            b:f64[] = checkpoint[policy=null differentiated=false jaxpr={ lambda ; a:f64[] . let
                  b:f64[] = sin a
                in (b,) }] a
            c:f64[] d:f64[] = optimizationBarrier a 1:f64[]
            e:f64[] = checkpoint[policy=null differentiated=true jaxpr={ lambda ; a:f64[] b:f64[] . let
                  c:f64[] = cos a
                  d:f64[] = mul b c
                in (d,) }] c d
          in (e,) }"
      `)
  })
  test('effects', () => {
    expect(
      text(
        makeJaxpr((v: NdArray) => {
          debug.print('v = {}', v)
          return v
        })(number(1))
      )
    ).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          debugCallback[call=<call>] a
        in (a,) }"
    `)
  })
  test('weak types and numbers', () => {
    expect(text(makeJaxpr((a: NdArray | number) => lax.add(a, 1))(2))).toMatchInlineSnapshot(`
      "{ lambda ; a:f32*[] . let
          b:f32[] = add a 1:f32[]
        in (b,) }"
    `)
  })
  test('no equations and no results', () => {
    expect(text(makeJaxpr((v: NdArray) => v)(x))).toMatchInlineSnapshot(
      `"{ lambda ; a:f64[3] . let in (a,) }"`
    )
    expect(text(makeJaxpr(() => ({}))())).toMatchInlineSnapshot(`"{ lambda ; . let in () }"`)
  })
})

describe('every traced program types', () => {
  const lstm = (w: NdArray, xs: NdArray): NdArray => lax.reduceSum(lax.mul(running(w, xs), w), [])
  const tree = (p: { readonly a: NdArray; readonly b: readonly [NdArray] }): NdArray =>
    lax.mul(p.a, p.b[0])
  const bounded = (v: NdArray): NdArray =>
    lax.whileLoop(
      (c: NdArray) => lax.lt(c, 10),
      (c: NdArray) => lax.mul(c, c),
      v,
      { maxTrips: 4 }
    )
  const programs: readonly (readonly [
    string,
    (...args: never[]) => unknown,
    readonly unknown[]
  ])[] = [
    ['grad', grad(quadratic), [x]],
    ['grad of grad', grad(grad(branching)), [number(1)]],
    ['value and grad of a tree', valueAndGrad(tree), [{ a: number(1), b: [number(2)] }]],
    ['jit of grad of jit', jit(grad(jit(quadratic))), [x]],
    ['vmap of grad of cond', vmap(grad(branching)), [x]],
    ['grad of scan', grad(running), [number(1), x]],
    ['grad of grad of scan', grad(grad(running)), [number(1), x]],
    ['vmap of grad of scan', vmap(grad(lstm), { inAxes: [0, null] }), [x, x]],
    ['jacfwd', jacfwd(lax.sin), [x]],
    ['jacrev of scan', jacrev(running, { argnums: 1 }), [number(1), x]],
    ['hessian', hessian(quadratic), [x]],
    ['while', collatz, [number(1)]],
    ['vmap of while', vmap(collatz), [x]],
    ['jvp of while', (v: NdArray) => jvp(collatz, [v], [v]), [number(1)]],
    ['grad of bounded while', grad(bounded), [number(2)]],
    ['custom jvp', vmap(grad(doubling)), [x]],
    ['custom vjp', vmap(grad(claimed)), [x]],
    ['checkpoint', grad(checkpoint(quadratic)), [x]],
    ['checkpointed scan', jit(grad(checkpoint(running))), [number(1), x]],
    ['linearize', (v: NdArray) => linearize(jit(lax.sin), [v])[1](v), [x]],
    ['sort', grad((v: NdArray) => lax.reduceSum(lax.mul(lax.sort(v), x), [0])), [x]],
    ['cumulative sum', grad((v: NdArray) => lax.reduceSum(lax.cumsum(v), [0])), [x]],
    [
      'implicit root',
      grad((a: NdArray) =>
        lax.customRoot(
          (y: NdArray) => lax.sub(lax.mul(y, y), a),
          number(1),
          (_f, y) => y,
          (g, y) => lax.div(y, g(number(1)))
        )
      ),
      [number(4)]
    ]
  ]
  test.each(programs)('%s', (_name, f, args) => {
    const { jaxpr } = makeJaxpr(f as (...a: readonly unknown[]) => unknown)(...args)
    expect(() => check(jaxpr)).not.toThrow()
  })

  test('a program that is wrong does not', () => {
    const { jaxpr } = makeJaxpr(quadratic)(x)
    const [first, ...rest] = jaxpr.equations
    if (first === undefined) throw new Error('the program has equations')
    expect(message(() => check({ ...jaxpr, equations: rest }))).toMatchInlineSnapshot(`
      "JaxprTypeError jaxpr: a variable is used before it is defined
        got:      f64[3]
        expected: a definition
        hint:     a rule produced a program that does not type: report it with the printed jaxpr"
    `)
    expect(message(() => check({ ...jaxpr, equations: [first, first, ...rest] })))
      .toMatchInlineSnapshot(`
      "JaxprTypeError jaxpr: a variable is defined twice
        got:      f64[3]
        expected: one definition
        hint:     a rule produced a program that does not type: report it with the printed jaxpr"
    `)
  })
})

describe('evalShape', () => {
  test('gives shapes and types of a tree of results', () => {
    const out = evalShape(
      (p: { readonly w: NdArray }, v: NdArray) => ({ y: lax.dot(p.w, v), n: lax.argmax(v, 0) }),
      { w: array([1, 2, 3, 4, 5, 6], [2, 3]) },
      x
    )
    expect([out.y.shape, out.y.dtype, out.n.shape, out.n.dtype]).toEqual([
      [2],
      'float64',
      [],
      'int32'
    ])
  })

  test('takes shapes in the place of arrays, and computes nothing', () => {
    const huge = shapeDType([1_000_000, 1_000_000])
    const out = evalShape((a: NdArray) => lax.reduceSum(a, [0]), huge)
    expect([out.shape, out.dtype]).toEqual([[1_000_000], 'float32'])
  })

  test('composes with transformations', () => {
    const out = evalShape(
      jit(vmap(grad(quadratic))) as never,
      shapeDType([7, 3], 'float64')
    ) as NdArray
    expect([out.shape, out.dtype]).toEqual([[7, 3], 'float64'])
  })
})
