import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { read, root } from '../tools/sources.ts'
import { declaredIn, exportedBy, instrument, type Name } from './instrument.ts'
import type { Snippet } from './snippets.ts'

/** A snippet written out as a module. */
export interface Generated {
  readonly snippet: Snippet
  readonly path: string
  readonly checks: number
}

/** Inside the repository, so that modules resolve as the tests' own do; git ignores it. */
export const folder = join(root, 'test/.generated/docs')

/** The names that code uses: a word after a point is a property, unless the point ends a spread. */
const namesIn = (code: string, offered: readonly Name[]): readonly Name[] =>
  offered.filter(({ name }) =>
    new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${name.replace('$', '\\$')}\\b`).test(code)
  )

const importLine = (from: string, names: readonly Name[]): string =>
  names.length === 0
    ? ''
    : `import { ${names.map(({ name, isType }) => (isType ? `type ${name}` : name)).join(', ')} } from '${from}'; `

/**
 * What an `@example` may use without an import: what its own file exports, what the root exports,
 * and each sub-path under its own name (`finetune.lora`).
 */
const prelude = (snippet: Snippet, rootNames: readonly Name[], subPaths: readonly string[]) => {
  if (snippet.kind === 'page') return ''
  const taken = new Set(declaredIn(snippet.code).map(({ name }) => name))
  const pick = (offered: readonly Name[]): readonly Name[] => {
    const used = namesIn(snippet.code, offered).filter(({ name }) => !taken.has(name))
    used.forEach(({ name }) => taken.add(name))
    return used
  }
  const own = pick(exportedBy(read(snippet.file)))
  const fromRoot = pick(rootNames)
  const spaces = pick(subPaths.map((name) => ({ name, isType: false })))
  return [
    "import 'cotangent'; ",
    importLine('cotangent', fromRoot),
    importLine(`../../../${snippet.file}`, own),
    ...spaces.map(({ name }) => `import * as ${name} from 'cotangent/${name}'; `)
  ].join('')
}

/** Writes every snippet as a module of its own, one line of code per line of the page. */
export const generate = (
  snippets: readonly Snippet[],
  rootNames: readonly Name[],
  subPaths: readonly string[]
): readonly Generated[] => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.ts'],
      exclude: []
    })
  )
  return snippets.map((snippet) => {
    const { file, line } = snippet
    try {
      const { code, checks } = instrument(snippet.code)
      const path = join(folder, `${file.replaceAll('/', '--')}--${line}.ts`)
      const check = "import { checker } from '../../docs/check.ts'; "
      const bind = `const __check = checker('${file}', ${line}); void __check; `
      const imports = prelude(snippet, rootNames, subPaths)
      // `export {}` makes a snippet without imports a module, which may then use `await`.
      writeFileSync(path, `${check}${imports}${bind}${code}\nexport {}\n`)
      return { snippet, path, checks }
    } catch (error) {
      throw new SyntaxError(`${file}:${line}: ${String(error)}`, { cause: error })
    }
  })
}

/** Says in an error of the compiler which line of the page it means. */
export const atPages = (output: string): string =>
  output.replace(
    /\S*?([^\s/]+)--(\d+)\.ts\((\d+),/g,
    (_all, file: string, first: string, line: string) =>
      `${file.replaceAll('--', '/')}:${Number(first) + Number(line) - 1} (column `
  )
