/** NumPy's file of several arrays: a zip archive with one .npy file for each name. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { NdArray } from '../core/array.ts'
import type { LoadError } from '../core/load-error.ts'
import * as npy from './npy.ts'
import { toNames, type Named } from './tree-names.ts'
import { unzip, zip } from './zip.ts'

const SUFFIX = '.npy'

/**
 * A tree of arrays, or a record of arrays by name, as the bytes of an .npz file that `np.load` reads.
 *
 * Errors: DTypeError for bfloat16, which NumPy does not have.
 *
 * @category files
 * @since 0.1.0
 */
export const encode = (tree: unknown): Uint8Array<ArrayBuffer> =>
  zip(
    Object.fromEntries(
      Object.entries(toNames(tree, 'npz.encode')).map(([name, x]) => [name + SUFFIX, npy.encode(x)])
    )
  )

/**
 * The arrays of an .npz file by name, compressed or not.
 *
 * Errors: those of the archive, and of the arrays in it.
 *
 * @category files
 * @since 0.1.0
 */
export const decode =
  (bytes: Uint8Array): TaskEither<LoadError, Named> =>
  async () => {
    const files = await unzip(bytes, 'npz.decode')()
    if (E.isLeft(files)) return files
    const arrays: (readonly [string, NdArray])[] = []
    for (const [file, content] of Object.entries(files.right)) {
      const name = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : file
      const x = npy.decode(content, `npz.decode of '${name}'`)
      if (E.isLeft(x)) return x
      arrays.push([name, x.right])
    }
    return E.right(Object.fromEntries(arrays))
  }
