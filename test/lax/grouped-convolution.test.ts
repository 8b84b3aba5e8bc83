/** Convolutions with many groups of few features, compiled, against the reference rule. */
import { describe, test } from 'vitest'
import { grad, jit, lax, np, type NdArray } from 'cotangent'
import { expectArray } from '../equality.ts'

/** Small integers, so that every order of summation gives the same bits. */
const integers = (shape: readonly number[], seed: number): NdArray => {
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(Array.from({ length: size }, (_, i) => ((i * 7 + seed) % 11) - 5)).reshape(shape)
}

interface Case {
  readonly layout: 'NHWC' | 'NCHW'
  readonly channels: number
  readonly multiplier: number
  readonly window: number
  readonly stride: number
  readonly pad: readonly [number, number]
  readonly dilation: number
}

const cases: readonly Case[] = (['NHWC', 'NCHW'] as const).flatMap((layout) =>
  (
    [
      [4, 1, 3, 1, [1, 1], 1],
      [9, 1, 3, 2, [0, 1], 1],
      [5, 2, 2, 1, [2, 0], 2],
      [16, 3, 3, 3, [1, 1], 1],
      [6, 1, 1, 2, [0, 0], 1],
      [8, 1, 3, 2, [-1, 2], 1]
    ] as const
  ).map(([channels, multiplier, window, stride, pad, dilation]) => ({
    layout,
    channels,
    multiplier,
    window,
    stride,
    pad,
    dilation
  }))
)

describe('a convolution of single channels', () => {
  test.each(cases)('is the reference, and so are its gradients: %o', (c) => {
    const { layout, channels, multiplier, window, stride, pad, dilation } = c
    const size = [11, 9]
    const x = integers(layout === 'NHWC' ? [2, ...size, channels] : [2, channels, ...size], 1)
    const features = channels * multiplier
    const w = integers(
      layout === 'NHWC' ? [window, window, 1, features] : [features, 1, window, window],
      5
    )
    const f = (x: NdArray, w: NdArray): NdArray =>
      lax.convGeneralDilated(x, w, {
        windowStrides: [stride, stride],
        padding: [pad, pad],
        rhsDilation: [dilation, dilation],
        dimensionNumbers: layout === 'NHWC' ? ['NHWC', 'HWIO', 'NHWC'] : ['NCHW', 'OIHW', 'NCHW'],
        featureGroupCount: channels
      })
    // The gradient of Σ y² is linear in y, so it stays small and whole.
    const loss = (x: NdArray, w: NdArray): NdArray => np.sum(np.square(f(x, w)))
    const gradients = grad(loss, { argnums: [0, 1] })
    expectArray(jit(f)(x, w), f(x, w))
    const [compiled, plain] = [jit(gradients)(x, w), gradients(x, w)]
    compiled.forEach((g, i) => expectArray(g, plain[i]))
  })
})
