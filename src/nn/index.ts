/** Networks: layers as pairs of pure functions, activations and initialisers. */
export {
  lambda,
  type AnyLayer,
  type ApplyOptions,
  type CacheOptions,
  type InitOptions,
  type Interceptor,
  type InputOf,
  type Layer,
  type LayerLike,
  type OutputOf,
  type ParamsOf,
  type ShapesOf,
  type StateOf
} from './layer.ts'
export {
  sequential,
  type SequentialInput,
  type SequentialOutput,
  type SequentialParams,
  type SequentialState
} from './sequential.ts'
export {
  compose,
  type Callable,
  type ComposeOptions,
  type ComposeParams,
  type ComposeState
} from './compose.ts'
export { stateless, type Stateless } from './stateless.ts'
export { dense, type DenseOptions, type DenseParams } from './layers/dense.ts'
export {
  conv,
  depthwiseConv,
  separableConv,
  type ConvOptions,
  type DepthwiseConvOptions,
  type PaddingMode,
  type SeparableConvOptions
} from './layers/conv.ts'
export type { ConvParams } from './layers/sliding-kernel.ts'
export { convTranspose, type ConvTransposeOptions } from './layers/conv-transpose.ts'
export {
  avgPool,
  lpPool,
  maxPool,
  minPool,
  type AvgPoolOptions,
  type LpPoolOptions,
  type MaxPoolOptions,
  type PoolOptions,
  type PoolOutput,
  type PoolResult
} from './layers/pool.ts'
export {
  adaptiveAvgPool,
  adaptiveMaxPool,
  type AdaptiveMaxPoolOptions,
  type AdaptivePoolOptions
} from './layers/adaptive-pool.ts'
export {
  fractionalMaxPool,
  type FractionalMaxPoolInput,
  type FractionalMaxPoolOptions
} from './layers/fractional-max-pool.ts'
export { globalAvgPool, globalMaxPool, type GlobalPoolOptions } from './layers/global-pool.ts'
export { maxUnpool, type MaxUnpoolInput, type MaxUnpoolOptions } from './layers/max-unpool.ts'
export { flatten, unflatten, type FlattenOptions, type UnflattenOptions } from './layers/flatten.ts'
export { pad, type PadLayerOptions } from './layers/pad.ts'
export { upsample, type UpsampleOptions } from './layers/upsample.ts'
export {
  channelShuffle,
  pixelShuffle,
  pixelUnshuffle,
  type ChannelShuffleOptions,
  type PixelShuffleOptions,
  type PixelUnshuffleOptions
} from './layers/shuffle.ts'
export { fold, unfold, type FoldOptions, type UnfoldOptions } from './layers/unfold.ts'
export {
  alphaDropout,
  dropout,
  featureAlphaDropout,
  gaussianDropout,
  gaussianNoise,
  spatialDropout,
  type DropoutOptions,
  type SpatialDropoutOptions
} from './layers/dropout.ts'
export {
  groupNorm,
  instanceNorm,
  type GroupNormOptions,
  type InstanceNormOptions
} from './layers/group-norm.ts'
export { localResponseNorm, type LocalResponseNormOptions } from './layers/local-response-norm.ts'
export {
  spectralNorm,
  weightNorm,
  type SpectralNormOptions,
  type SpectralNormParams,
  type SpectralNormState,
  type WeightNormOptions,
  type WeightNormParams,
  type WeightNormState
} from './layers/weight-norm.ts'
export { bilinear, type BilinearOptions, type BilinearParams } from './layers/bilinear.ts'
export { embeddingBag, type BagInput, type EmbeddingBagOptions } from './layers/embedding-bag.ts'
export {
  parallel,
  type ParallelOutput,
  type ParallelParams,
  type ParallelState
} from './parallel.ts'
export {
  cosineSimilarity,
  pairwiseDistance,
  type CosineSimilarityOptions,
  type PairwiseDistanceOptions
} from './activations/distance.ts'
export {
  batchNorm,
  type BatchNormOptions,
  type BatchStatistics,
  type ScaleBias
} from './layers/batch-norm.ts'
export { layerNorm, type LayerNormOptions, type LayerNormParams } from './layers/layer-norm.ts'
export { embedding, type EmbeddingOptions, type EmbeddingParams } from './layers/embedding.ts'
export { residual, type Residual, type ResidualOptions } from './layers/residual.ts'
export type { Carry, CellOptions, CellParams } from './recurrent/cell.ts'
export type {
  Directions,
  RecurrentCarry,
  RecurrentInput,
  RecurrentOptions,
  RecurrentOutput,
  RecurrentParams,
  RecurrentResult,
  RecurrentState
} from './recurrent/recurrent.ts'
export {
  gru,
  gruCell,
  lstm,
  lstmCell,
  simpleCell,
  simpleRnn,
  type CellInput,
  type LstmOptions,
  type RnnCellOptions,
  type SimpleRnnOptions
} from './recurrent/layers.ts'
export {
  prelu,
  rrelu,
  type PreluOptions,
  type PreluParams,
  type RreluOptions
} from './layers/prelu.ts'
export { initCache } from './cache.ts'
export { summary, type Summary, type SummaryOptions, type SummaryRow } from './summary.ts'
export { stack } from './stack.ts'
export { rmsNorm, type RmsNormOptions, type RmsNormParams } from './layers/rms-norm.ts'
export { dotProductAttention, type DotProductAttentionOptions } from './attention/dot-product.ts'
export {
  multiHeadAttention,
  type AttentionInput,
  type AttentionOutput,
  type AttentionResult,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  type MultiHeadAttentionState
} from './attention/multi-head.ts'
export type { KeyValueCache } from './attention/key-value-cache.ts'
export { causalMask, lengthMask } from './attention/masks.ts'
export { alibi, rotary, type AlibiOptions, type RotaryOptions } from './attention/rotary.ts'
export {
  learnedPositions,
  sinusoidalPositions,
  sinusoids,
  type LearnedPositionsOptions,
  type LearnedPositionsParams,
  type PositionState,
  type SinusoidalPositionsOptions,
  type SinusoidsOptions
} from './attention/positions.ts'
export type { TransformerLayerOptions } from './transformer/block.ts'
export {
  transformerEncoder,
  transformerEncoderLayer,
  type EncoderInput,
  type TransformerOptions
} from './transformer/encoder.ts'
export {
  transformerDecoder,
  transformerDecoderLayer,
  type DecoderInput
} from './transformer/decoder.ts'
export {
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSwish,
  hardTanh,
  leakyRelu,
  relu,
  relu6,
  softShrink,
  tanhShrink,
  threshold,
  sparsePlus,
  sparseSigmoid,
  type HardTanhOptions,
  type LeakyReluOptions,
  type ShrinkOptions,
  type ThresholdOptions
} from './activations/rectified.ts'
export {
  celu,
  elu,
  gelu,
  glu,
  identity,
  log1mexp,
  logSigmoid,
  mish,
  selu,
  sigmoid,
  silu,
  softplus,
  softSign,
  squareplus,
  swish,
  tanh,
  type AxisOptions,
  type EluOptions,
  type GeluOptions,
  type SoftplusOptions,
  type SquareplusOptions
} from './activations/smooth.ts'
export {
  logmeanexp,
  logSoftmax,
  logsumexp,
  oneHot,
  softmax,
  softmin,
  standardize
} from './activations/normalized.ts'
export * as initializers from './initializers/index.ts'
