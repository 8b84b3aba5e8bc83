/** Reads what keys of golden files state: Python literals, names and calls. */
import { ValueError } from '../../src/core/errors.ts'

export type Expression =
  | { readonly _tag: 'value'; readonly value: unknown }
  | { readonly _tag: 'name'; readonly name: string }
  | { readonly _tag: 'list'; readonly items: readonly Expression[] }
  | {
      readonly _tag: 'dict'
      readonly entries: readonly (readonly [key: Expression, value: Expression])[]
    }
  | {
      readonly _tag: 'call'
      readonly name: string
      readonly args: readonly Expression[]
      readonly kwargs: Readonly<Record<string, Expression>>
    }

const token =
  /\s*([A-Za-z_][\w.]*|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|'[^']*'|"[^"]*"|[()[\]{},:=])/y

const tokens = (text: string): readonly string[] => {
  const found: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text)
    if (match === null) throw unreadable(text)
    found.push(match[1])
  }
  return found
}

const unreadable = (text: string): ValueError =>
  new ValueError('conformance', {
    problem: 'a constructor cannot be read',
    got: text,
    expected: 'a Python literal, a name, or a call of one',
    hint: 'such as warmup_cosine(0,1,5,25,.1)'
  })

const constants: Readonly<Record<string, unknown>> = { True: true, False: false, None: undefined }

/** The expression that a text states. Errors: ValueError when it states none. */
export const read = (text: string): Expression => {
  const all = tokens(text)
  let at = 0
  const take = (expected: string): void => {
    if (all[at++] !== expected) throw unreadable(text)
  }
  const listUntil = <T>(end: string, item: () => T): readonly T[] => {
    const items: T[] = []
    while (all[at] !== end) {
      if (at >= all.length) throw unreadable(text)
      items.push(item())
      if (all[at] === ',') at++
    }
    at++
    return items
  }
  const call = (name: string): Expression => {
    const args: Expression[] = []
    const kwargs: Record<string, Expression> = {}
    listUntil(')', () => {
      if (all[at + 1] === '=') {
        const key = all[at]
        at += 2
        kwargs[key] = expression()
      } else args.push(expression())
    })
    return { _tag: 'call', name, args, kwargs }
  }
  const expression = (): Expression => {
    const t = all[at++]
    if (t === undefined) throw unreadable(text)
    if (t === '[') return { _tag: 'list', items: listUntil(']', expression) }
    if (t === '(') return { _tag: 'list', items: listUntil(')', expression) }
    if (t === '{') {
      const entries = listUntil('}', () => {
        const key = expression()
        take(':')
        return [key, expression()] as const
      })
      return { _tag: 'dict', entries }
    }
    if (t.startsWith("'") || t.startsWith('"')) return { _tag: 'value', value: t.slice(1, -1) }
    if (Number.isFinite(Number(t))) return { _tag: 'value', value: Number(t) }
    if (t in constants) return { _tag: 'value', value: constants[t] }
    if (all[at] !== '(') return { _tag: 'name', name: t }
    at++
    return call(t)
  }
  const result = expression()
  if (at !== all.length) throw unreadable(text)
  return result
}
