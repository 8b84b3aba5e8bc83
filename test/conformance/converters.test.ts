/**
 * Primitives that the other half of the recorded programs contains and ours does not: small
 * programs in the recorded format, with results checked by hand.
 */
import { describe, expect, test } from 'vitest'
import { checkProgram, type ProgramRecord } from './programs.ts'
import { failuresOf } from './report.ts'
import type { ArrayRecord } from './golden.ts'

type Data = ArrayRecord['data']

const array = (shape: readonly number[], data: Data, dtype = 'float32'): ArrayRecord => ({
  shape,
  dtype,
  data
})

const vector = (data: Data, dtype = 'float32'): ArrayRecord => array([data.length], data, dtype)

interface Example {
  readonly prim: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly in: readonly ArrayRecord[]
  readonly out: ArrayRecord
  /** Further results, which the program does not return. */
  readonly unused?: readonly ArrayRecord[]
  /** Cotangents of the inputs for a cotangent of ones. */
  readonly vjp?: readonly (ArrayRecord | null)[]
}

const ones = (x: ArrayRecord): ArrayRecord => ({ ...x, data: x.data.map(() => 1) })
const twice = (x: ArrayRecord): ArrayRecord => ({
  ...x,
  shape: [2, ...x.shape],
  data: [...x.data, ...x.data]
})

const record = (e: Example): ProgramRecord => ({
  group: 'unary',
  name: e.prim,
  tol: 1e-5,
  jaxpr: {
    consts: [],
    in: e.in.map((x, i) => ({ var: `a${i}`, shape: x.shape, dtype: x.dtype })),
    eqns: [
      {
        prim: e.prim,
        in: e.in.map((_, i) => `a${i}`),
        out: [e.out, ...(e.unused ?? [])].map((y, i) => ({
          var: `b${i}`,
          shape: y.shape,
          dtype: y.dtype
        })),
        params: e.params ?? {}
      }
    ],
    out: ['b0']
  },
  in: e.in,
  out: [e.out],
  ...(e.vjp === undefined ? {} : { ct: [ones(e.out)], vjp: e.vjp }),
  vmap_in: e.in.map(twice),
  vmap_out: [twice(e.out)]
})

const window = {
  window_dimensions: [2],
  window_strides: [1],
  padding: [[0, 0]],
  base_dilation: [1],
  window_dilation: [1]
}

const scatterNumbers = {
  update_window_dims: [],
  inserted_window_dims: [0],
  scatter_dims_to_operand_dims: [0],
  operand_batching_dims: [],
  scatter_indices_batching_dims: []
}

const examples: readonly Example[] = [
  // arccos 0.6 = 0.9272952; −1/√(1 − 0.36) = −1.25
  {
    prim: 'acos',
    in: [vector([0, 0.6])],
    out: vector([Math.PI / 2, 0.9272952]),
    vjp: [vector([-1, -1.25])]
  },
  // arcosh 1.25 = ln 2; 1/√(1.25² − 1) = 4/3
  { prim: 'acosh', in: [vector([1.25])], out: vector([Math.LN2]), vjp: [vector([4 / 3])] },
  { prim: 'atan', in: [vector([1])], out: vector([Math.PI / 4]), vjp: [vector([0.5])] },
  // sinh(ln 2) = 3/4, cosh(ln 2) = 5/4
  { prim: 'sinh', in: [vector([Math.LN2])], out: vector([0.75]), vjp: [vector([1.25])] },
  { prim: 'log2', in: [vector([8])], out: vector([3]), vjp: [vector([1 / (8 * Math.LN2)])] },
  // I₀(0) = 1, I₁(0) = 0; derivatives of e^−|x| I₀ and e^−|x| I₁ at 0 are 0 (by symmetry) and ½
  { prim: 'bessel_i0e', in: [vector([0])], out: vector([1]), vjp: [vector([0])] },
  { prim: 'bessel_i1e', in: [vector([0])], out: vector([0]), vjp: [vector([0.5])] },
  // erf(0) = 0, with slope 2/√π
  { prim: 'erf_inv', in: [vector([0])], out: vector([0]), vjp: [vector([Math.sqrt(Math.PI) / 2])] },
  // ψ′(1) = π²/6
  { prim: 'polygamma', in: [vector([1]), vector([1])], out: vector([Math.PI ** 2 / 6]) },
  { prim: 'clz', in: [vector([0, 1, 255], 'int32')], out: vector([32, 31, 24], 'int32') },
  { prim: 'population_count', in: [vector([0, 7, -1], 'int32')], out: vector([0, 3, 32], 'int32') },
  {
    prim: 'conj',
    params: { input_dtype: 'complex64' },
    in: [array([1], [1, 2], 'complex64')],
    out: array([1], [1, -2], 'complex64')
  },
  {
    prim: 'conj',
    params: { input_dtype: 'float32' },
    in: [vector([3])],
    out: array([1], [3, 0], 'complex64')
  },
  {
    prim: 'psum',
    params: { axes: [0], axis_index_groups: null },
    in: [vector([1, 2, 3])],
    out: array([], [6]),
    vjp: [vector([1, 1, 1])]
  },
  {
    prim: 'reduce_window_sum',
    params: window,
    in: [vector([1, 2, 4])],
    out: vector([3, 6]),
    vjp: [vector([1, 2, 1])]
  },
  {
    prim: 'reduce_window_min',
    params: window,
    in: [vector([3, 1, 2])],
    out: vector([1, 1]),
    vjp: [vector([0, 2, 0])]
  },
  {
    prim: 'tile',
    params: { reps: [2, 1] },
    in: [array([1, 2], [1, 2])],
    out: array([2, 2], [1, 2, 1, 2]),
    vjp: [array([1, 2], [2, 2])]
  },
  { prim: 'tile', params: { reps: [2] }, in: [vector([1, 2])], out: vector([1, 2, 1, 2]) },
  {
    prim: 'scatter-min',
    params: {
      dimension_numbers: scatterNumbers,
      mode: 'GatherScatterMode.FILL_OR_DROP',
      unique_indices: false,
      indices_are_sorted: false
    },
    in: [vector([5, 5, 5]), array([3, 1], [0, 0, 7], 'int32'), vector([3, 4, 0])],
    out: vector([3, 5, 5])
  },
  // [3, 4] = Q R with R = ±5: Householder's sign makes it negative.
  {
    prim: 'qr',
    params: { full_matrices: false, pivoting: false, use_magma: null },
    in: [array([2, 1], [3, 4])],
    out: array([2, 1], [-0.6, -0.8]),
    unused: [array([1, 1], [-5])]
  }
]

describe('the converter', () => {
  test.each(examples.map((e) => [e.prim, e] as const))('of %s', (_name, e) => {
    const outcomes = checkProgram(record(e))
    expect(failuresOf(outcomes)).toEqual([])
    expect(outcomes).toHaveLength(e.vjp === undefined ? 4 : 6)
  })

  test('of random_split works on keys and on arrays of keys', () => {
    // The second key of jax.random.split(jax.random.PRNGKey(0)): JAX 0.11.2, data/random.json.gz.
    const variable = (name: string, shape: readonly number[], dtype: string) => ({
      var: name,
      shape,
      dtype
    })
    const program: ProgramRecord = {
      group: 'corner-random',
      name: 'split',
      tol: 0,
      jaxpr: {
        consts: [],
        in: [variable('seed', [], 'int32')],
        eqns: [
          { prim: 'random_seed', in: ['seed'], out: [variable('key', [], 'key<fry>')], params: {} },
          {
            prim: 'random_split',
            in: ['key'],
            out: [variable('keys', [2], 'key<fry>')],
            params: { shape: [2] }
          },
          {
            prim: 'slice',
            in: ['keys'],
            out: [variable('row', [1], 'key<fry>')],
            params: { start_indices: [1], limit_indices: [2], strides: null }
          },
          {
            prim: 'squeeze',
            in: ['row'],
            out: [variable('one', [], 'key<fry>')],
            params: { dimensions: [0] }
          },
          {
            prim: 'random_unwrap',
            in: ['one'],
            out: [variable('words', [2], 'uint32')],
            params: {}
          }
        ],
        out: ['words']
      },
      in: [array([], [0], 'int32')],
      out: [vector([928981903, 3453687069], 'uint32')],
      vmap_in: [vector([0, 0], 'int32')],
      vmap_out: [array([2, 2], [928981903, 3453687069, 928981903, 3453687069], 'uint32')]
    }
    expect(failuresOf(checkProgram(program))).toEqual([])
  })
})
