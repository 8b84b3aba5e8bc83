import { parseSync, type ESTree } from 'vite'

/** Code whose `// =>` comments are checks, and how many of them there are. */
export interface Instrumented {
  readonly code: string
  readonly checks: number
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const parse = (code: string): ReturnType<typeof parseSync> => {
  const parsed = parseSync('snippet.ts', code)
  const [error] = parsed.errors
  if (error !== undefined) throw new SyntaxError(error.message)
  return parsed
}

/** The name that a statement gives to its value; undefined unless it is one plain name. */
const declared = (statement: ESTree.Node): string | undefined => {
  if (statement.type !== 'VariableDeclaration' || statement.declarations.length !== 1) return
  const id = statement.declarations[0]?.id
  return id?.type === 'Identifier' ? id.name : undefined
}

/** Where the code of a statement ends: its semicolon may be on the next line (`;[1, 2].map(f)`). */
const endOf = (statement: ESTree.Node): number => {
  if (statement.type === 'ExpressionStatement') return statement.expression.end
  if (statement.type !== 'VariableDeclaration') return statement.end
  return statement.declarations.at(-1)?.end ?? statement.end
}

/** What a comment `// => value` claims, with the comment lines straight below it. */
const claims = (code: string, comments: ReturnType<typeof parse>['comments']) =>
  comments.flatMap(({ type, value, start, end }, i) => {
    if (type !== 'Line' || !/^\s*=>/.test(value)) return []
    const lines = [value.replace(/^\s*=>\s?/, '')]
    let last = end
    for (const next of comments.slice(i + 1)) {
      if (!/^\n[ \t]*$/.test(code.slice(last, next.start)) || /^\s*=>/.test(next.value)) break
      lines.push(next.value)
      last = next.end
    }
    return [{ start, expected: lines.join('\n').trim() }]
  })

const lineAt = (code: string, offset: number): number => code.slice(0, offset).split('\n').length

/**
 * Turns `expression // => value` and `const name = expression // => value` into awaited calls of
 * `__check(line, () => ({ value: expression }), value)`: boxed, so that a promise stays one. A claim
 * anywhere else would never be looked at, so it is an error. Lines keep their numbers.
 */
export const instrument = (code: string): Instrumented => {
  const { program, comments } = parse(code)
  const edits = claims(code, comments).map(({ start, expected }): Edit => {
    const line = lineAt(code, start)
    const statement = program.body.find(
      (node) => endOf(node) <= start && /^[ \t;]*$/.test(code.slice(endOf(node), start))
    )
    const call = (thunk: string): string =>
      `await __check(${line}, ${thunk}, ${JSON.stringify(expected)})`
    if (statement?.type === 'ExpressionStatement') {
      const { expression } = statement
      const text = code.slice(expression.start, expression.end)
      const isAsync = /\bawait\b/.test(text) ? 'async ' : ''
      const thunk = `${isAsync}() => ({ value: (${text}) })`
      return { start: expression.start, end: expression.end, text: call(thunk) }
    }
    const name = statement === undefined ? undefined : declared(statement)
    if (statement === undefined || name === undefined)
      throw new SyntaxError(
        `line ${line}: "// =>" must follow an expression or a const of one name at the top level`
      )
    return {
      start: statement.end,
      end: statement.end,
      text: `; ${call(`() => ({ value: ${name} })`)}`
    }
  })
  const edited = [...edits]
    .reverse()
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code)
  return { code: edited, checks: edits.length }
}

const names = (pattern: ESTree.Node | null | undefined): readonly string[] => {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((of) =>
        names(of.type === 'RestElement' ? of.argument : of.value)
      )
    case 'ArrayPattern':
      return pattern.elements.flatMap((of) => names(of))
    case 'AssignmentPattern':
      return names(pattern.left)
    case 'RestElement':
      return names(pattern.argument)
    default:
      return []
  }
}

/** A name that a module makes, and whether it is a type alone. */
export interface Name {
  readonly name: string
  readonly isType: boolean
}

const declares = (node: ESTree.Node): readonly Name[] => {
  const value = (name: string): Name => ({ name, isType: false })
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id }) => names(id).map(value))
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return names(node.id).map(value)
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return [{ name: node.id.name, isType: true }]
    case 'ImportDeclaration':
      return node.specifiers.map(({ local }) => value(local.name))
    default:
      return []
  }
}

/** Names that the top level of `code` declares or imports. */
export const declaredIn = (code: string): readonly Name[] =>
  parse(code).program.body.flatMap((node) => declares(node))

/** Names that a module exports itself (`export *` is left to the one who imports it). */
export const exportedBy = (code: string): readonly Name[] =>
  parse(code).program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration') return []
    const listed = node.specifiers.map((of) => ({
      name: of.exported.type === 'Literal' ? of.exported.value : of.exported.name,
      isType: node.exportKind === 'type' || of.exportKind === 'type'
    }))
    return node.declaration ? declares(node.declaration) : listed
  })
