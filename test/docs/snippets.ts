import { read } from '../tools/sources.ts'

/** A piece of code from a page or a doc comment, with the place a reader would look for it. */
export interface Snippet {
  readonly file: string
  readonly line: number // of the first line of code, from 1
  readonly code: string
  readonly kind: 'page' | 'example'
  readonly runs: boolean // false for a fence tagged no-run: its types are checked, nothing more
}

const fence = /^( *)```ts\b *(.*)\n([\s\S]*?)^ *```/gm

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** A fence without its indentation (it may sit in a list). */
const dedent = (code: string, indent: string): string =>
  code
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n')

/** Adds `next` below `snippet` at its own distance, so that line numbers still point at the page. */
const append = (snippet: Snippet, next: Snippet): Snippet => {
  const lines = snippet.code.replace(/\n$/, '').split('\n').length
  const gap = '\n'.repeat(next.line - snippet.line - lines + 1)
  return { ...snippet, code: `${snippet.code.replace(/\n$/, '')}${gap}${next.code}` }
}

/**
 * The ```ts fences of a Markdown page. Each is a module, but for one tagged `continued`, which
 * goes on where the fence above it ended. `no-run REASON` keeps a fence from being executed.
 */
export const fencesOf = (file: string): readonly Snippet[] => {
  const page = read(file)
  return [...page.matchAll(fence)].reduce<readonly Snippet[]>((above, match) => {
    const [, indent = '', info = '', body = ''] = match
    const [tag = '', ...reason] = info.trim().split(/\s+/)
    const line = lineAt(page, match.index) + 1
    if (!['', 'continued', 'no-run'].includes(tag))
      throw new SyntaxError(`${file}:${line}: ${tag}?`)
    if (tag === 'no-run' && reason.length === 0)
      throw new SyntaxError(`${file}:${line}: no-run needs a reason`)
    const code = dedent(body, indent)
    const snippet: Snippet = { file, line, code, kind: 'page', runs: tag !== 'no-run' }
    const last = above.at(-1)
    if (tag !== 'continued') return [...above, snippet]
    if (last === undefined) throw new SyntaxError(`${file}:${line}: there is nothing to continue`)
    return [...above.slice(0, -1), append(last, snippet)]
  }, [])
}

const comment = /\/\*\*[\s\S]*?\*\//g
const example = /^@example\b.*\n((?:(?!@\w).*\n?)*)/gm

/** Keeps what is inside the fences of an example that has any, line for line. */
const withoutFences = (code: string): string => {
  if (!code.includes('```')) return code
  const parts = code.split(/^```.*$/m)
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(/.+/g, ''))).join('')
}

/** The `@example`s of the doc comments of a source file. */
export const examplesOf = (file: string): readonly Snippet[] => {
  const source = read(file)
  return [...source.matchAll(comment)].flatMap((match) => {
    const text = match[0]
      .replace(/\*\/$/, '')
      .split('\n')
      .map((line) => line.replace(/^\s*\/?\*+ ?/, ''))
      .join('\n')
    return [...text.matchAll(example)].map(([all, code = '', ...rest]): Snippet => {
      void rest
      const line = lineAt(source, match.index) + lineAt(text, text.indexOf(all))
      return { file, line, code: withoutFences(code), kind: 'example', runs: true }
    })
  })
}
