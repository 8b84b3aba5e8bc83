/** Products, maps and reductions on arrays that stay where the library keeps them. */
import { grad, jit, lax, nn, np, type NdArray } from 'cotangent'
import { integers, numbers } from '../data.ts'
import type { Prepared, Workloads } from '../party.ts'

type Shape = readonly number[]

const array = (shape: Shape, seed: number, scale = 1): NdArray =>
  np.reshape(
    np.array(
      numbers(
        shape.reduce((a, b) => a * b, 1),
        seed,
        scale
      )
    ),
    shape
  )

/** The first numbers of an array. */
const head = (x: NdArray): readonly number[] =>
  Array.from(np.ravel(x).slice('0:4').toTypedArray() as Float32Array)

const of = (f: (...args: readonly NdArray[]) => NdArray, ...args: readonly NdArray[]): Prepared => {
  const compiled = jit(f)
  return { run: () => compiled(...args), check: () => head(compiled(...args)) }
}

/** Small operations are timed a thousand at a time. */
const many = (one: Prepared, repeat = 1000): Prepared => ({
  ...one,
  repeat,
  run: () => {
    for (let i = 0; i < repeat; i++) one.run()
  }
})

const matmul = (a: NdArray, b: NdArray): NdArray => np.matmul(a, b)

const product = (m: number, n: number, k: number): Prepared =>
  of(matmul, array([m, k], 1), array([k, n], 2))

const transposed = (lhs: boolean, n: number): Prepared =>
  of(
    (a, b) => (lhs ? np.matmul(np.transpose(a), b) : np.matmul(a, np.transpose(b))),
    array([n, n], 1),
    array([n, n], 2)
  )

const batched = (count: number, n: number): Prepared =>
  of(matmul, array([count, n, n], 1), array([count, n, n], 2))

const fused = (n: number): Prepared =>
  of((x) => np.tanh(x.mul(2).add(1)).mul(x).add(nn.sigmoid(x)), array([n], 3, 3))

/** x + y into the memory of x, again and again. */
const donated = (n: number): Prepared => {
  const add = jit((x: NdArray, y: NdArray) => x.add(y), { donateArgnums: [0] })
  const y = array([n], 2)
  let x = add(array([n], 1), y)
  const first = head(x)
  return {
    run: () => {
      x = add(x, y)
    },
    check: () => first
  }
}

const layerNorm = (x: NdArray): NdArray => {
  const centred = x.sub(np.mean(x, { axis: -1, keepdims: true }))
  const variance = np.mean(np.square(centred), { axis: -1, keepdims: true })
  return centred.mul(lax.rsqrt(variance.add(1e-5)))
}

/** A positive definite matrix. */
const definite = (n: number): NdArray => {
  const x = array([n, n], 7)
  return np.matmul(x, np.transpose(x)).div(n).add(np.eye(n))
}

const embedded = (table: NdArray, ids: NdArray): NdArray =>
  np.sum(np.square(np.take(table, ids, { axis: 0 })))

const million = [1024, 1024] as const
const sixteenMillion = [4000, 4000] as const

const convolution = (
  input: Shape,
  kernel: Shape,
  options: Parameters<typeof lax.convGeneralDilated>[2]
): Prepared =>
  of((x, k) => lax.convGeneralDilated(x, k, options), array(input, 5), array(kernel, 6))

/** The gradients of Σ y · c by `x` and `w`; compared are those by `w`. */
const depthwiseGradients = (): Prepared => {
  const options = { padding: 'same', dimensionNumbers: nhwc, featureGroupCount: 64 } as const
  const [x, w, c] = [
    array([16, 56, 56, 64], 5),
    array([3, 3, 1, 64], 6),
    array([16, 56, 56, 64], 7)
  ]
  const gradients = jit((a: NdArray, b: NdArray, d: NdArray) =>
    grad((p: readonly [NdArray, NdArray]) =>
      np.sum(lax.convGeneralDilated(p[0], p[1], options).mul(d))
    )([a, b])
  )
  return { run: () => gradients(x, w, c), check: () => head(gradients(x, w, c)[1]) }
}

const pool = (x: NdArray): NdArray =>
  lax.reduceWindow(x, 'max', {
    windowDimensions: [1, 2, 2, 1],
    windowStrides: [1, 2, 2, 1],
    padding: 'valid'
  })

const images = [64, 26, 26, 32] as const

const nhwc = ['NHWC', 'HWIO', 'NHWC'] as const
const nchw = ['NCHW', 'OIHW', 'NCHW'] as const

export const kernels: Workloads = {
  matmul256: () => product(256, 256, 256),
  matmul512: () => product(512, 512, 512),
  matmul1024: () => product(1024, 1024, 1024),
  matmul2048: () => product(2048, 2048, 2048),
  matmulLeftTransposed512: () => transposed(true, 512),
  matmulRightTransposed512: () => transposed(false, 512),
  matmulBatched4x256: () => batched(4, 256),
  matmul4: () => many(product(4, 4, 4)),
  matmul16: () => many(product(16, 16, 16)),
  matmul64: () => many(product(64, 64, 64)),
  matmulBatched256x16: () => batched(256, 16),
  matmulOdd: () => product(511, 257, 1023),
  matmulThin: () => product(8192, 32, 64),
  matrixVector: () => product(2048, 1, 2048),
  elementwise1M: () => fused(1e6),
  elementwise16M: () => fused(16e6),
  add1M: () => donated(1e6),
  add16M: () => donated(16e6),
  softmax1024: () => of((x) => nn.softmax(x), array(million, 4, 5)),
  layerNorm1024: () => of(layerNorm, array(million, 4, 5)),
  logsumexp1024: () => of((x) => nn.logsumexp(x, { axis: -1 }), array(million, 4, 5)),
  sum16M: () => of((x) => np.sum(x), array(sixteenMillion, 5)),
  sumRows16M: () => of((x) => np.sum(x, { axis: 1 }), array(sixteenMillion, 5)),
  sumColumns16M: () => of((x) => np.sum(x, { axis: 0 }), array(sixteenMillion, 5)),
  max16M: () => of((x) => np.max(x), array(sixteenMillion, 5)),
  argmaxRows16M: () => of((x) => np.argmax(x, { axis: 1 }), array(sixteenMillion, 5)),
  argmaxColumns16M: () => of((x) => np.argmax(x, { axis: 0 }), array(sixteenMillion, 5)),
  cumsum1024: () => of((x) => np.cumsum(x, { axis: 1 }), array(million, 4)),
  transpose2000: () => of((x) => np.transpose(x), array([2000, 2000], 8)),
  embeddingGradient: () =>
    of(
      grad((table: NdArray, ids: NdArray) => embedded(table, ids)),
      array([32000, 128], 9),
      np.array(integers(4096, 10, 32000))
    ),
  sort1M: () => of((x) => np.sort(x), array([1e6], 11)),
  top50: () => of((x) => lax.topK(x, 50)[0], array([1, 50257], 12)),
  rfft1024: () => of((x) => np.abs(np.fft.rfft(x)), array([1000, 1024], 13)),
  cholesky512: () => of((a) => np.linalg.cholesky(a), definite(512)),
  solve256: () => of((a, b) => np.linalg.solve(a, b), definite(256), array([256, 256], 14)),
  singularValues256: () => of((x) => np.linalg.svdvals(x), array([256, 256], 15)),
  convolutionNhwc: () =>
    convolution([16, 56, 56, 64], [3, 3, 64, 64], { padding: 'same', dimensionNumbers: nhwc }),
  convolutionNchw: () =>
    convolution([16, 64, 56, 56], [64, 64, 3, 3], { padding: 'same', dimensionNumbers: nchw }),
  convolutionSingle: () =>
    convolution([1, 56, 56, 64], [3, 3, 64, 64], { padding: 'same', dimensionNumbers: nhwc }),
  convolutionDepthwise: () =>
    convolution([16, 56, 56, 64], [3, 3, 1, 64], {
      padding: 'same',
      dimensionNumbers: nhwc,
      featureGroupCount: 64
    }),
  convolutionDepthwiseGradients: depthwiseGradients,
  maxPool: () => of(pool, array(images, 5)),
  maxPoolGradient: () =>
    of(
      (x, c) => grad((y: NdArray) => np.sum(pool(y).mul(c)))(x),
      array(images, 5),
      array([64, 13, 13, 32], 6)
    )
}
