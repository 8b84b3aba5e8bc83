/** Files of packages of data sets. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const { resolve } = createRequire(import.meta.url)

/** The text of a file in the `data` folder of an installed package. */
export const readPackageFile = (name: string, file: string): string =>
  readFileSync(join(dirname(resolve(`${name}/package.json`)), 'data', file), 'utf8')
