/**
 * Files of arrays: safetensors, .npy and .npz, as bytes and on disk, and trees as flat names.
 * Whatever can be wrong with a file is a `LoadError` inside an `Either` or a `TaskEither`.
 */
import '../install.ts'

export * as safetensors from './safetensors.ts'
export * as npy from './npy.ts'
export * as npz from './npz.ts'
export {
  readBytes,
  readNpy,
  readNpz,
  readSafetensors,
  writeBytes,
  writeNpy,
  writeNpz,
  writeSafetensors
} from './file.ts'
export { fromNames, nest, toNames, type Named } from './tree-names.ts'
export { LoadError, type LoadReason } from '../core/load-error.ts'
