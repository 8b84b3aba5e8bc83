/** Data: files of examples, choosing them, and batches. */
import '../install.ts'

export { decodeIdx, decodeIdxFile, encodeIdx } from './idx.ts'
export { mnistStatistics, readMnist, standardizeImages, type Digits, type Mnist } from './mnist.ts'
export { rows } from './rows.ts'
export { batches, countBatches, type BatchOptions } from './batches.ts'
export { ofClasses, takePerClass, type TakePerClassOptions } from './classes.ts'
export { LoadError, type LoadReason } from '../core/load-error.ts'
