/**
 * Stages of Fourier transforms by the radices 2, 3, 4 and 5, in float64: two of the numbers that
 * lie side by side at a time, and a last one alone. Nothing is fused, so the bits are the same on
 * every engine.
 *
 * Source: Winograd, On computing the discrete Fourier transform (1978), for 3 and 5.
 */
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import { createModule, type ModuleBuilder } from '../wasm/module.ts'

const compiledRadices = [2, 3, 4, 5] as const
export type CompiledRadix = (typeof compiledRadices)[number]

export const isCompiled = (radix: number): radix is CompiledRadix =>
  compiledRadices.some((r) => r === radix)

/** Name of the export: the last stage of a transform meets no roots but 1. */
export const stageName = (radix: CompiledRadix, isLast: boolean): string =>
  `radix${radix}${isLast ? 'last' : ''}`

/** Two numbers at once, or one. */
type Shape = 'f64x2' | 'f64'

/** A complex number, or two, in locals. */
interface Complex {
  readonly re: Local
  readonly im: Local
}

/** Arithmetic on locals; every result is a new one. */
interface Arithmetic {
  readonly add: (a: Local, b: Local) => Local
  readonly sub: (a: Local, b: Local) => Local
  readonly mul: (a: Local, b: Local) => Local
  readonly scale: (a: Local, c: number) => Local
}

const arithmeticOf = (f: FunctionBuilder, shape: Shape): Arithmetic => {
  const type = shape === 'f64' ? 'f64' : 'v128'
  const result = (): Local => {
    const made = f.local(type)
    f.set(made)
    return made
  }
  const binary =
    (op: 'add' | 'sub' | 'mul') =>
    (a: Local, b: Local): Local => {
      f.get(a).get(b).op(`${shape}.${op}`)
      return result()
    }
  return {
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    scale: (a, c) => {
      f.get(a)[shape](c).op(`${shape}.mul`)
      return result()
    }
  }
}

/** Σ_j x_j exp(−2πi jk/r) for every k. */
const butterfly = (o: Arithmetic, x: readonly Complex[]): readonly Complex[] => {
  const add = (a: Complex, b: Complex): Complex => ({
    re: o.add(a.re, b.re),
    im: o.add(a.im, b.im)
  })
  const sub = (a: Complex, b: Complex): Complex => ({
    re: o.sub(a.re, b.re),
    im: o.sub(a.im, b.im)
  })
  const scale = (a: Complex, c: number): Complex => ({ re: o.scale(a.re, c), im: o.scale(a.im, c) })
  /** a − i b and a + i b. */
  const turned = (a: Complex, b: Complex): readonly [minus: Complex, plus: Complex] => [
    { re: o.add(a.re, b.im), im: o.sub(a.im, b.re) },
    { re: o.sub(a.re, b.im), im: o.add(a.im, b.re) }
  ]
  switch (x.length) {
    case 2:
      return [add(x[0], x[1]), sub(x[0], x[1])]
    case 3: {
      const sum = add(x[1], x[2])
      const gap = scale(sub(x[1], x[2]), Math.sqrt(3) / 2)
      const [first, second] = turned(sub(x[0], scale(sum, 0.5)), gap)
      return [add(x[0], sum), first, second]
    }
    case 4: {
      const [even, odd] = [add(x[0], x[2]), add(x[1], x[3])]
      const [first, third] = turned(sub(x[0], x[2]), sub(x[1], x[3]))
      return [add(even, odd), first, sub(even, odd), third]
    }
    default: {
      const [c1, c2] = [(Math.sqrt(5) - 1) / 4, (-Math.sqrt(5) - 1) / 4] // cos 72°, cos 144°
      const [s1, s2] = [Math.sqrt((5 + Math.sqrt(5)) / 8), Math.sqrt((5 - Math.sqrt(5)) / 8)]
      const [near, far] = [add(x[1], x[4]), add(x[2], x[3])]
      const [nearGap, farGap] = [sub(x[1], x[4]), sub(x[2], x[3])]
      const mixed = (a: number, b: number): Complex => add(add(x[0], scale(near, a)), scale(far, b))
      const [first, fourth] = turned(mixed(c1, c2), add(scale(nearGap, s1), scale(farGap, s2)))
      const [second, third] = turned(mixed(c2, c1), sub(scale(nearGap, s2), scale(farGap, s1)))
      return [add(add(x[0], near), far), first, second, third, fourth]
    }
  }
}

/**
 * `(x, y, gap, cos, sin, m, s, t)`: addresses of the real parts, bytes from them to the imaginary
 * ones, addresses of the roots, and the numbers that core/dense/fft-stage.ts names.
 */
const defineStage = (module: ModuleBuilder, radix: CompiledRadix, isLast: boolean): FunctionRef =>
  module.define(
    { params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], results: [] },
    (f, x, y, gap, cos, sin, m, s, t) => {
      const [p, left, line, far, root, at] = f.locals('i32', 6)
      const [from, to] = [f.locals('i32', radix), f.locals('i32', radix)]
      const twiddles = (type: 'v128' | 'f64'): readonly Complex[] =>
        Array.from({ length: isLast ? 0 : radix - 1 }, () => ({
          re: f.local(type),
          im: f.local(type)
        }))
      const [pairs, singles] = [twiddles('v128'), twiddles('f64')]
      const loadRoots = (
        into: readonly Complex[],
        load: 'v128.load64_splat' | 'f64.load'
      ): void => {
        f.i32(0).set(at)
        for (const w of into) {
          f.advance(at, root)
          f.get(cos).get(at).op('i32.add').memory(load).set(w.re)
          f.get(sin).get(at).op('i32.add').memory(load).set(w.im)
        }
      }
      /** One butterfly at the pointers, which then move on. */
      const step = (shape: Shape, w: readonly Complex[]): void => {
        const [type, bytes] = shape === 'f64' ? (['f64', 8] as const) : (['v128', 16] as const)
        const o = arithmeticOf(f, shape)
        const loaded = from.map((pointer): Complex => {
          const [re, im] = f.locals(type, 2)
          f.get(pointer).memory(`${type}.load`).set(re)
          f.get(pointer).get(gap).op('i32.add').memory(`${type}.load`).set(im)
          return { re, im }
        })
        const results = butterfly(o, loaded)
        to.forEach((pointer, k) => {
          const a = results[k]
          const v = k === 0 ? undefined : w.at(k - 1)
          const turned =
            v === undefined
              ? a
              : {
                  re: o.sub(o.mul(a.re, v.re), o.mul(a.im, v.im)),
                  im: o.add(o.mul(a.re, v.im), o.mul(a.im, v.re))
                }
          f.get(pointer).get(turned.re).memory(`${type}.store`)
          f.get(pointer).get(gap).op('i32.add').get(turned.im).memory(`${type}.store`)
        })
        for (const pointer of [...from, ...to]) f.increment(pointer, bytes)
      }
      f.get(s).i32(8).op('i32.mul').set(line) // bytes side by side
      f.get(line).get(m).op('i32.mul').set(far)
      f.while(
        () => f.get(p).get(m).op('i32.lt_u'),
        () => {
          f.get(p).get(t).op('i32.mul').i32(8).op('i32.mul').set(root)
          f.get(x).get(line).get(p).op('i32.mul').op('i32.add').set(from[0])
          f.get(line).get(p).op('i32.mul').i32(radix).op('i32.mul').get(y).op('i32.add').set(to[0])
          for (let j = 1; j < radix; j++) {
            f.get(from[j - 1])
              .get(far)
              .op('i32.add')
              .set(from[j])
            f.get(to[j - 1])
              .get(line)
              .op('i32.add')
              .set(to[j])
          }
          f.get(s).i32(1).op('i32.shr_u').tee(left)
          f.if(() => {
            loadRoots(pairs, 'v128.load64_splat')
            f.loop((again) => {
              step('f64x2', pairs)
              f.increment(left, -1).get(left).brIf(again)
            })
          })
          f.get(s).i32(1).op('i32.and')
          f.if(() => {
            loadRoots(singles, 'f64.load')
            step('f64', singles)
          })
          f.increment(p, 1)
        }
      )
    }
  )

/** A module with a function for every radix, once with roots and once without. */
export const stagesModule = (): Uint8Array<ArrayBuffer> => {
  const module = createModule({ initial: 1 })
  for (const radix of compiledRadices)
    for (const isLast of [false, true])
      module.export(stageName(radix, isLast), defineStage(module, radix, isLast))
  return module.build()
}
