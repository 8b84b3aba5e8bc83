/** The rows of the table: what is measured, and what it does, to say figures per second. */

export interface Row {
  readonly name: string
  /** Operations of one run, for GFLOP/s. */
  readonly flops?: number
  /** Bytes that one run has to move at least, for GB/s. */
  readonly bytes?: number
  /** Only the first call counts, in a process of its own. */
  readonly first?: true
}

const product = (name: string, m: number, n: number, k: number, count = 1): Row => ({
  name,
  flops: 2 * m * n * k * count
})

const moved = (name: string, floats: number): Row => ({ name, bytes: 4 * floats })

const million = 1024 * 1024
const convolution = (name: string, batch: number, channels: number): Row => ({
  name,
  flops: 2 * batch * 56 * 56 * 9 * channels * 64
})

export const rows: readonly Row[] = [
  product('matmul256', 256, 256, 256),
  product('matmul512', 512, 512, 512),
  product('matmul1024', 1024, 1024, 1024),
  product('matmul2048', 2048, 2048, 2048),
  product('matmulLeftTransposed512', 512, 512, 512),
  product('matmulRightTransposed512', 512, 512, 512),
  product('matmulBatched4x256', 256, 256, 256, 4),
  product('matmul4', 4, 4, 4),
  product('matmul16', 16, 16, 16),
  product('matmul64', 64, 64, 64),
  product('matmulBatched256x16', 16, 16, 16, 256),
  product('matmulOdd', 511, 257, 1023),
  product('matmulThin', 8192, 32, 64),
  { ...product('matrixVector', 2048, 1, 2048), bytes: 4 * 2048 * 2048 },
  moved('elementwise1M', 2e6),
  moved('elementwise16M', 32e6),
  moved('add1M', 3e6),
  moved('add16M', 48e6),
  moved('softmax1024', 2 * million),
  moved('layerNorm1024', 2 * million),
  moved('logsumexp1024', million),
  moved('sum16M', 16e6),
  moved('sumRows16M', 16e6),
  moved('sumColumns16M', 16e6),
  moved('max16M', 16e6),
  moved('argmaxRows16M', 16e6),
  moved('argmaxColumns16M', 16e6),
  moved('cumsum1024', 2 * million),
  moved('transpose2000', 8e6),
  moved('embeddingGradient', 32000 * 128 + 3 * 4096 * 128),
  { name: 'sort1M' },
  { name: 'top50' },
  { name: 'rfft1024', flops: 2.5 * 1000 * 1024 * 10 },
  { name: 'cholesky512', flops: 512 ** 3 / 3 },
  { name: 'solve256', flops: (8 / 3) * 256 ** 3 },
  { name: 'singularValues256', flops: (8 / 3) * 256 ** 3 },
  convolution('convolutionNhwc', 16, 64),
  convolution('convolutionNchw', 16, 64),
  convolution('convolutionSingle', 1, 64),
  convolution('convolutionDepthwise', 16, 1),
  convolution('convolutionDepthwiseGradients', 32, 1),
  moved('maxPool', 64 * 32 * (26 * 26 + 13 * 13)),
  moved('maxPoolGradient', 64 * 32 * (2 * 26 * 26 + 13 * 13)),
  { name: 'mlp' },
  { name: 'cnn' },
  { name: 'cnnForward' },
  { name: 'cnnForwardSingle' },
  { name: 'gpt' },
  { name: 'lstm' },
  { name: 'add10' },
  { name: 'gradScalar' },
  { name: 'gradScalarJit' },
  { name: 'cnnFirstCall', first: true },
  { name: 'gptFirstCall', first: true }
]
