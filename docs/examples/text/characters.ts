/** Text as numbers, one for each character that occurs in it. */
import { np, type NdArray } from 'cotangent'

export interface Alphabet {
  readonly size: number
  readonly encode: (text: string) => NdArray // int32 [length]
  readonly decode: (codes: Iterable<number>) => string
}

/** The characters of `text` in the order of their code points. */
export const alphabetOf = (text: string): Alphabet => {
  const all = [...new Set(text)].sort()
  const codes = new Map(all.map((c, i) => [c, i]))
  return {
    size: all.length,
    encode: (of) => np.array(Int32Array.from(of, (c) => codes.get(c) ?? 0)),
    decode: (of) => Array.from(of, (i) => all[i]).join('')
  }
}
