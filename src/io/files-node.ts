/** What reading and writing files asks of its host: Node's file system. */
import { createRequire } from 'node:module'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const read = (path: string): Promise<Uint8Array> => readFile(path)

let counter = 0

/**
 * Writes beside `path` under a name of its own, makes sure that the bytes are on the disk, then
 * renames: readers see the file as it was or as it will be, whenever this process ends.
 */
export const write = async (path: string, bytes: Uint8Array): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${counter++}.tmp`)
  const file = await open(temporary, 'wx')
  try {
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (e) {
    await rm(temporary, { force: true })
    throw e
  }
}

/** The folder of an installed package, as seen from the working directory; null if there is none. */
export const packageFolder = (name: string): string | null => {
  try {
    const from = pathToFileURL(join(process.cwd(), 'package.json'))
    return dirname(createRequire(from).resolve(`${name}/package.json`))
  } catch {
    return null
  }
}
