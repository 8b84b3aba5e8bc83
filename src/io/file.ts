/** Files of arrays: bytes are read or written whole, and every failure is a value. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as host from '#files'
import { avalOf, fromHost, hostOfAsync, isArray, knownOf, type NdArray } from '../core/array.ts'
import { LoadError, hostReason, inFile } from '../core/load-error.ts'
import { flatten, unflatten } from '../core/tree.ts'
import * as npy from './npy.ts'
import * as npz from './npz.ts'
import * as safetensors from './safetensors.ts'
import type { Named } from './tree-names.ts'

const refused = (operation: string, path: string, reason: unknown): LoadError =>
  new LoadError(operation, 'file', {
    problem: `the host refuses '${path}'`,
    got: hostReason(reason),
    expected:
      operation === 'readBytes' ? 'a file that can be read' : 'a folder that can be written to',
    hint: 'check the path; a relative one starts at the working directory'
  })

/**
 * The bytes of a file (in browsers: of a URL).
 *
 * @category files
 * @since 0.1.0
 */
export const readBytes = (path: string): TE.TaskEither<LoadError, Uint8Array> =>
  TE.tryCatch(
    () => host.read(path),
    (e) => refused('readBytes', path, e)
  )

/**
 * Makes or replaces a file, all of it or not at all: bytes go to a temporary file in the same
 * folder first, which takes the name once they are on the disk.
 *
 * @category files
 * @since 0.1.0
 */
export const writeBytes = (path: string, bytes: Uint8Array): TE.TaskEither<LoadError, void> =>
  TE.tryCatch(
    () => host.write(path, bytes),
    (e) => refused('writeBytes', path, e)
  )

/** Writes what `encode` makes of a tree, once its arrays are on the host. */
const writeWith = <T>(
  path: string,
  tree: T,
  encode: (tree: T) => Uint8Array
): TE.TaskEither<LoadError, void> => {
  const [leaves, structure] = flatten(tree, 'write')
  const elsewhere = leaves.some((x) => isArray(x) && knownOf(x) === null)
  if (!elsewhere) return writeBytes(path, encode(tree))
  const fetched = async (): Promise<T> => {
    const values = leaves.map(async (x) =>
      isArray(x) ? fromHost(avalOf(x), await hostOfAsync(x)) : x
    )
    return unflatten(structure, await Promise.all(values)) as T // the same tree
  }
  return pipe(
    TE.tryCatch(fetched, (e) => refused('writeBytes', path, e)),
    TE.chain((here) => writeBytes(path, encode(here)))
  )
}

const readWith =
  <A>(decode: (bytes: Uint8Array) => TE.TaskEither<LoadError, A>) =>
  (path: string): TE.TaskEither<LoadError, A> => {
    const named = (e: LoadError): LoadError => inFile(path, e)
    const decodeNamed = (bytes: Uint8Array) => pipe(decode(bytes), TE.mapLeft(named))
    return pipe(readBytes(path), TE.chain(decodeNamed))
  }

/**
 * The arrays of a safetensors file by name.
 *
 * @category files
 * @since 0.1.0
 */
export const readSafetensors: (path: string) => TE.TaskEither<LoadError, Named> = readWith(
  (bytes) => TE.fromEither(safetensors.decode(bytes))
)

/**
 * Saves a tree of arrays, or a record of arrays by name, as a safetensors file.
 *
 * @category files
 * @since 0.1.0
 */
export const writeSafetensors = (
  path: string,
  tree: unknown,
  metadata: Readonly<Record<string, string>> = {}
): TE.TaskEither<LoadError, void> => writeWith(path, tree, (t) => safetensors.encode(t, metadata))

/**
 * The array of an .npy file.
 *
 * @category files
 * @since 0.1.0
 */
export const readNpy: (path: string) => TE.TaskEither<LoadError, NdArray> = readWith((bytes) =>
  TE.fromEither(npy.decode(bytes))
)

/**
 * Saves an array as an .npy file.
 *
 * @category files
 * @since 0.1.0
 */
export const writeNpy = (path: string, x: NdArray): TE.TaskEither<LoadError, void> =>
  writeWith(path, x, npy.encode)

/**
 * The arrays of an .npz file by name.
 *
 * @category files
 * @since 0.1.0
 */
export const readNpz: (path: string) => TE.TaskEither<LoadError, Named> = readWith(npz.decode)

/**
 * Saves a tree of arrays, or a record of arrays by name, as an .npz file.
 *
 * @category files
 * @since 0.1.0
 */
export const writeNpz = (path: string, tree: unknown): TE.TaskEither<LoadError, void> =>
  writeWith(path, tree, npz.encode)
