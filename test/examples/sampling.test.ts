import { describe, expect, test } from 'vitest'
import { jit, nn, np, random } from 'cotangent'
import { gpt } from '../../docs/examples/text/character-gpt.ts'
import { alphabetOf } from '../../docs/examples/text/characters.ts'
import { drawFrom, sample } from '../../docs/examples/text/sampling.ts'
import { expectClose } from '../equality.ts'

const net = gpt({ vocabulary: 11, features: 32, heads: 2, layers: 2, rows: 64 })
const [params, state] = net.init(random.key(0), { inputShape: [1, 8] })
const prompt = np.array([3, 1, 4, 1, 5], { dtype: 'int32' })

describe('sampling from the cache', () => {
  test('sees at every position the logits of the full forward pass', () => {
    const text = random.randint(random.key(1), [1, 12], 0, 11)
    const [whole] = net.apply(params, state, text)
    const step = jit((s: typeof state, piece: typeof text) => net.apply(params, s, piece))
    let cache = nn.initCache(net, params, state, { batchShape: [1], maxLength: 12 })
    const at = (from: number, to: number) => {
      const [y, next] = step(cache, text.slice(':', `${from}:${to}`))
      cache = next
      expectClose(y, whole.slice(':', `${from}:${to}`), { rtol: 1e-4, atol: 1e-5 })
    }
    at(0, 5)
    for (let i = 5; i < 12; i++) at(i, i + 1)
  })

  test('draws what greedy decoding over the whole sequence finds, where the temperature is 0', () => {
    const drawn = sample(net, params, state, prompt, { length: 6, topK: 1, key: random.key(2) })
    let sequence = [...prompt.toTypedArray()]
    for (let i = 0; i < 6; i++) {
      const [logits] = net.apply(
        params,
        state,
        np.array(Int32Array.from(sequence)).reshape([1, -1])
      )
      sequence = [...sequence, Number(np.argmax(logits.slice(0, -1)).item())]
    }
    expect(drawn).toEqual(sequence.slice(5))
  })

  test('repeats itself by its key', () => {
    const draw = (seed: number) =>
      sample(net, params, state, prompt, { length: 8, key: random.key(seed) })
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
  })
})

describe('drawFrom', () => {
  const logits = np.array([0, 3, 1, 2])
  const draws = (options: object): readonly number[] =>
    Array.from({ length: 200 }, (_, i) => Number(drawFrom(random.key(i), logits, options).item()))

  test('keeps to the likeliest', () => {
    expect([...new Set(draws({ topK: 2 }))].sort((a, b) => a - b)).toEqual([1, 3])
    expect(new Set(draws({})).size).toBe(4)
  })

  test('is bolder where it is hotter', () => {
    const best = (temperature: number) => draws({ temperature }).filter((i) => i === 1).length
    expect(best(0.3)).toBeGreaterThan(best(1) + 20)
    expect(best(1)).toBeGreaterThan(best(5) + 20)
  })
})

test('an alphabet decodes what it encodes', () => {
  const alphabet = alphabetOf('call me Ishmael')
  expect(alphabet.decode(alphabet.encode('same hall').toTypedArray())).toBe('same hall')
})
