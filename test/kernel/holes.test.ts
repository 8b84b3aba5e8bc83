/** Padding between elements and around them. */
import { describe, expect, test } from 'vitest'
import { explain, jit, lax, np, type NdArray } from 'cotangent'

describe('padding with holes', () => {
  const x = np.array([
    [1, 2, 3],
    [4, 5, 6]
  ])

  test.each<readonly [string, readonly (readonly [number, number, number])[], unknown]>([
    [
      'and edges',
      [
        [1, 0, 1],
        [0, 2, 0]
      ],
      [
        [0, 0, 0, 0, 0],
        [1, 2, 3, 0, 0],
        [0, 0, 0, 0, 0],
        [4, 5, 6, 0, 0]
      ]
    ],
    [
      'less some of it',
      [
        [-1, 2, 1],
        [1, -2, 2]
      ],
      [
        [0, 0, 0, 0, 0, 0],
        [0, 4, 0, 0, 5, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0]
      ]
    ]
  ])('%s', (_name, config, expected) => {
    const padded = jit((v: NdArray) => lax.pad(v, 0, config))(x)
    expect(padded.toNested()).toEqual(expected)
  })

  test('is written to one array with its edges', () => {
    const report = explain((v: NdArray) =>
      lax.pad(v, 0, [
        [1, 1, 1],
        [2, 0, 1]
      ])
    )(x)
    expect(report.buffers.map((b) => b.role)).toEqual(['input', 'output'])
  })
})
