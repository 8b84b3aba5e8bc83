/** What the functions of words (words.ts) are written with. */
import type { SourceFunctions } from './function.ts'

/** 2^-16 as text: a product with it is exact, a quotient is not on every driver. */
export const shift16 = '0.0000152587890625'

/** GLSL of a function of words: `result` is an expression of the unsigned integers a and b. */
const nativeWord = (name: string, parameters: readonly string[], result: string): string =>
  [
    `vec2 ${name}(${parameters.map((p) => `vec2 ${p}`).join(', ')}) {`,
    ...parameters.map((p, i) => `  uint ${'ab'[i]} = uint(${p}.x) | (uint(${p}.y) << 16u);`),
    `  uint r = ${result};`,
    '  return vec2(float(r & 65535u), float(r >> 16u));',
    '}'
  ].join('\n')

/** A function of two words. */
export const binary = (name: string, body: string, result: string): SourceFunctions => ({
  [name]: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    returns: 'word',
    body: `\n${body}`,
    native: nativeWord(name, ['x', 'y'], result)
  }
})
