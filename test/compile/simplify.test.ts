/** What simplification makes of programs; that it keeps every bit is a law (laws/simplify.laws.ts). */
import { describe, expect, test } from 'vitest'
import { jit, lax, np, type NdArray } from 'cotangent'
import { simplify } from '../../src/compile/simplify.ts'
import { show } from '../../src/trace/show.ts'

const simplified = (f: (x: NdArray) => unknown, x: NdArray): string =>
  show(simplify(jit(f).lower(x).jaxpr))

const x = np.ones([2, 3])

describe('simplify', () => {
  test('takes away what changes nothing', () => {
    const text = simplified((y) => {
      const same = y.mul(1).div(1).sub(0).add(-0).neg().neg()
      const back = np.transpose(np.transpose(np.reshape(np.reshape(same, [6]), [2, 3])))
      return np.sin(np.where(np.array(true), back, 0))
    }, x)
    expect(text).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[2,3] . let
          b:f32[2,3] = sin a
        in (b,) }"
    `)
  })

  test('leaves what only seems to change nothing', () => {
    expect(simplified((y) => y.add(0).mul(0), x)).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[2,3] . let
          b:f32[2,3] = broadcastInDim[shape=[2,3] dimensions=[]] 0:f32[]
          c:f32[2,3] = add a b
          d:f32[2,3] = mul c b
        in (d,) }"
    `)
  })

  test('composes views, and folds constants that every machine rounds alike', () => {
    const text = simplified((y) => {
      const turned = np.transpose(np.transpose(np.reshape(y, [1, 2, 3]), [1, 2, 0]), [1, 0, 2])
      return turned.mul(np.array(3).mul(2).sub(1))
    }, x)
    expect(text).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[2,3] . let
          b:f32[1,2,3] = reshape[shape=[1,2,3]] a
          c:f32[3,2,1] = transpose[permutation=[2,1,0]] b
          d:f32*[3,2,1] = broadcastInDim[shape=[3,2,1] dimensions=[]] 5:f32*[]
          e:f32[3,2,1] = mul c d
        in (e,) }"
    `)
  })

  test('computes before it repeats', () => {
    const text = simplified((y) => np.exp(np.broadcastTo(y, [100, 3])).mul(2), np.ones([3]))
    expect(text).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[3] . let
          b:f32[3] = exp a
          c:f32[3] = broadcastInDim[shape=[3] dimensions=[]] 2:f32[]
          d:f32[3] = mul b c
          e:f32[100,3] = broadcastInDim[shape=[100,3] dimensions=[1]] d
        in (e,) }"
    `)
  })

  test('goes into the programs of loops', () => {
    const text = simplified((y) => lax.foriLoop(0, 3, (_, c: NdArray) => np.sin(c.mul(1)), y), x)
    expect(text).not.toContain('mul')
    expect(text).toContain('sin')
  })

  test('keeps an argument that becomes a result, donated or not', () => {
    const same = (y: NdArray): NdArray => y.mul(1)
    const large = np.ones([64, 64])
    expect(jit(same)(large).sum().item()).toBe(4096)
    expect(large.sum().item()).toBe(4096)
    const kept = jit(same, { donateArgnums: 0 })(np.ones([64, 64]).add(1))
    expect(kept.sum().item()).toBe(8192)
    expect(jit(same, { donateArgnums: 0 })(np.array([2, 3])).toNested()).toEqual([2, 3])
  })
})
