import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Paths under `folder` that end with `suffix`, relative to the top, sorted. */
export const filesUnder = (folder: string, suffix: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith(suffix) && !path.includes('node_modules'))
        .map((path) => join(folder, path))
        .filter((path) => statSync(join(root, path)).isFile())
        .sort()
    : []

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** One import or re-export of a file: what it names, and whether only types cross it. */
export interface Import {
  readonly specifier: string
  readonly typesOnly: boolean
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s+from\s+)?['"]([^'"]+)['"]/gm
const call = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** What `source` imports. Statements start a line, so an example in a comment is not one. */
export const importsOf = (source: string): readonly Import[] => [
  ...[...source.matchAll(statement)].map(([, type, specifier = '']) => ({
    specifier,
    typesOnly: type !== undefined
  })),
  ...[...source.matchAll(call)].map(([, specifier = '']) => ({ specifier, typesOnly: false }))
]

/** The file that a relative specifier in `from` means; undefined for packages. */
export const resolve = (from: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? join(dirname(from), specifier) : undefined

/** Every file and package that is loaded when `entry` is: types are erased, so they load nothing. */
export const loadedBy = (
  entry: string,
  conditional: (specifier: string) => string | undefined = () => undefined
): { readonly files: ReadonlySet<string>; readonly packages: ReadonlyMap<string, string> } => {
  const files = new Set<string>()
  const packages = new Map<string, string>() // specifier -> a file that imports it
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const { specifier, typesOnly } of importsOf(read(file))) {
      if (typesOnly) continue
      const target = resolve(file, specifier) ?? conditional(specifier)
      if (target === undefined) packages.set(specifier, file)
      else visit(target)
    }
  }
  visit(entry)
  return { files, packages }
}
