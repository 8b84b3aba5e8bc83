import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bleu,
  characterErrorRate,
  chrf,
  editDistance,
  evaluate,
  rougeL,
  rougeN,
  wordErrorRate
} from '../../src/metrics/index.ts'
import { message } from '../core/message.ts'

const text = 'the the the the'
const reference = 'the cat sat on the mat'

describe('bleu', () => {
  test('counts a word of the reference as often as it is there', () => {
    // 2 of 4 unigrams are matched; the text is 2 words too short.
    const unigrams = bleu({ maxOrder: 1 })
    expect(evaluate(unigrams, [[[text], [reference]]])).toBeCloseTo(0.5 * Math.exp(1 - 6 / 4), 12)
  })

  test('is the geometric mean of precisions over the corpus', () => {
    // Unigrams 3 of 4 and 2 of 2, bigrams 1 of 3 and 1 of 1.
    const texts = ['a b x d', 'e f']
    const references = ['a b c d', 'e f']
    const expected = Math.sqrt((5 / 6) * (2 / 4))
    expect(evaluate(bleu({ maxOrder: 2 }), [[texts, references]])).toBeCloseTo(expected, 12)
  })

  test('takes the best of several references, and the nearest length', () => {
    const references = [['a x c', 'a b y z']]
    // Unigrams a, b and c are all matched; the length 3 is that of the first.
    expect(evaluate(bleu({ maxOrder: 1 }), [[['a b c'], references]])).toBe(1)
  })

  test('is 0 where no n-gram of some order is shared, unless smooth', () => {
    expect(evaluate(bleu(), [[['a b'], ['a b']]])).toBe(0)
    expect(evaluate(bleu({ maxOrder: 2, smooth: true }), [[['a b'], ['a b']]])).toBe(1)
  })
})

describe('rouge', () => {
  test('1 is of shared words', () => {
    const { precision, recall, f1 } = evaluate(rougeN(), [[[text], [reference]]])
    expect([precision, recall]).toEqual([0.5, 2 / 6])
    expect(f1).toBeCloseTo(0.4, 12)
  })

  test('2 is of shared pairs of words', () => {
    expect(evaluate(rougeN({ n: 2 }), [[['a b c'], ['b c d e']]]).recall).toBeCloseTo(1 / 3, 12)
  })

  test('L is of the longest common subsequence', () => {
    // a c e.
    const { precision, recall } = evaluate(rougeL(), [[['a b c e'], ['a c d e f']]])
    expect([precision, recall]).toEqual([3 / 4, 3 / 5])
  })
})

test('chrf is the mean of F-scores over orders, without spaces', () => {
  // Characters a b c against a b d: 2 of 3; pairs ab bc against ab bd: 1 of 2.
  expect(evaluate(chrf({ maxOrder: 2 }), [[['a bc'], ['ab d']]])).toBeCloseTo(
    (2 / 3 + 1 / 2) / 2,
    12
  )
})

describe('edits', () => {
  /** By the definition: what the first elements cost, and the rest. */
  const recursive = (a: string, b: string): number => {
    if (a === '' || b === '') return a.length + b.length
    const [x, y] = [a.slice(1), b.slice(1)]
    return a[0] === b[0]
      ? recursive(x, y)
      : 1 + Math.min(recursive(x, y), recursive(x, b), recursive(a, y))
  }
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 })

  test('are as few as can be', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(Array.from(a), Array.from(b))).toBe(recursive(a, b))
      })
    )
  })

  test('are insertions, deletions and substitutions', () => {
    expect(editDistance(Array.from('kitten'), Array.from('sitting'))).toBe(3)
    expect(editDistance([], Array.from('abc'))).toBe(3)
    expect(editDistance(Array.from('abc'), [])).toBe(3)
  })

  test('over the words or characters of the references are error rates', () => {
    expect(
      evaluate(wordErrorRate(), [
        [
          ['a b', 'c'],
          ['a x y', 'c']
        ]
      ])
    ).toBe(2 / 4)
    expect(evaluate(characterErrorRate(), [[['abc'], ['abd']]])).toBe(1 / 3)
  })
})

test('texts without references are an error', () => {
  expect(message(() => evaluate(bleu(), [[['a', 'b'], ['a']]]))).toMatchInlineSnapshot(`
    "ShapeError bleu: texts and references differ in number
      got:      2 texts, 1 references
      expected: one reference, or list of references, for each text
      hint:     several references of one text go into a list"
  `)
})
