import { describe, expect, test } from 'vitest'
import { explain, grad, jit, nn, np, type NdArray } from 'cotangent'

const kinds = (f: (x: NdArray) => unknown, x: NdArray): readonly string[] =>
  explain(f)(x).kernels.map((k) => k.kind)

const stages = (f: (x: NdArray) => unknown, x: NdArray): readonly string[] =>
  explain(f)(x)
    .toString()
    .split('\n')
    .flatMap((line) => /^ {2}(map|reduce|scan) /.exec(line)?.[1] ?? [])

const rows = np.ones([64, 128])

const layerNorm = (x: NdArray): NdArray => {
  const centred = x.sub(x.mean({ axis: -1, keepdims: true }))
  return centred.div(np.sqrt(np.square(centred).mean({ axis: -1, keepdims: true }).add(1e-5)))
}

describe('nests over the same rows', () => {
  test('are one kernel in a layer norm, a softmax and a log-sum-exp', () => {
    expect(kinds(layerNorm, rows)).toEqual(['nest'])
    expect(kinds((x) => nn.softmax(x, { axis: -1 }), rows)).toEqual(['nest'])
    expect(kinds((x) => nn.logsumexp(x, { axis: -1 }), rows)).toEqual(['nest'])
  })

  test('join whether a row is one axis or two', () => {
    const f = (x: NdArray): NdArray =>
      layerNorm(
        x
          .mul(2)
          .reshape([8, 8, 128])
          .add(np.ones([8, 128]))
      )
    expect(kinds(f, rows)).toEqual(['nest'])
  })

  test('join in the gradient of a softmax', () => {
    const loss = (x: NdArray): NdArray => nn.softmax(x, { axis: -1 }).mul(x).sum()
    expect(kinds(grad(loss), rows)).toEqual(['nest'])
  })
})

describe('stages of one nest', () => {
  test('walk their extents once where they do not wait for each other', () => {
    const moments = (x: NdArray): readonly NdArray[] => [
      x.sum({ axis: 0 }),
      x.mul(x).sum({ axis: 0 })
    ]
    expect(stages(moments, rows).filter((s) => s === 'reduce')).toEqual(['reduce'])
  })

  test('stay apart where one needs the other', () => {
    const variance = (x: NdArray): NdArray => x.var({ axis: -1 })
    expect(stages(variance, rows).filter((s) => s === 'reduce')).toEqual(['reduce', 'reduce'])
  })

  test('give what plain loops give', () => {
    const x = np.arange(24).reshape([4, 6]).div(7)
    const both = (y: NdArray): readonly NdArray[] => [
      y.sum({ axis: 0 }),
      y.mul(y).sum({ axis: 0 }),
      nn.softmax(y, { axis: 0 }),
      layerNorm(y)
    ]
    const [compiled, plain] = [jit(both)(x), both(x)]
    compiled.forEach((y, i) => expect(np.allclose(y, plain[i]).item()).toBe(1))
  })
})

describe('a softmax', () => {
  test('keeps its exponentials where its result will be, and nothing that nobody reads', () => {
    const text = explain((x: NdArray) => nn.softmax(x, { axis: -1 }))(rows).toString()
    const stored = text.split('\n').flatMap((line) => /^ {4}(b\d+)\[.* = /.exec(line)?.[1] ?? [])
    const result = /^return (b\d+)/m.exec(text)?.[1]
    expect(stored.filter((b) => b === result)).toHaveLength(2)
    expect(new Set(stored).size).toBe(3) // the maxima, the sums and the result
  })

  test('keeps them apart where the gradient needs both', () => {
    const x = np.arange(640).reshape([5, 128]).div(100)
    const loss = (y: NdArray): NdArray => np.square(nn.softmax(y, { axis: -1 })).sum()
    const [compiled, plain] = [jit(grad(loss))(x), grad(loss)(x)]
    expect(np.allclose(compiled, plain, { atol: 1e-7 }).item()).toBe(1)
  })
})
