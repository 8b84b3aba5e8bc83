/**
 * Random numbers against JAX's: bits, keys, integers and uniform numbers exactly, others within
 * 1e-5, for the transcendental functions that they go through.
 */
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { ValueError } from '../../src/core/errors.ts'
import * as initializers from '../../src/nn/initializers/index.ts'
import * as random from '../../src/random/index.ts'
import { difference } from './compare.ts'
import { decode } from './golden.ts'
import { check, type Outcome } from './report.ts'
import { isExact, sampleOf, type RandomRecord } from './samplers.ts'

const approximate = 1e-5

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

// Initializers are looked up by name, so their types are not known here.
type Initializer = (key: NdArray, shape: unknown) => NdArray
const makers = initializers as unknown as Readonly<Record<string, (() => Initializer) | undefined>>

const initialised = ({ fn, seed, args }: RandomRecord): NdArray => {
  const make = makers[camelCase(fn)]
  if (make === undefined)
    throw new ValueError('conformance', {
      problem: 'a random function is unknown',
      got: fn,
      expected: 'a function of jax.random or an initializer of jax.nn.initializers',
      hint: 'add its arguments to the table of test/conformance/samplers.ts'
    })
  return make()(random.key(seed), args['shape'])
}

const checkCase = (c: RandomRecord): Outcome =>
  check(`${c.fn} ${JSON.stringify(c.args)}, seed ${c.seed}`, () =>
    difference(
      sampleOf(c) ?? initialised(c),
      decode(c.out),
      isExact(c) ? undefined : { tol: approximate, elementwise: false }
    )
  )

export const checkRandom = (file: unknown): readonly Outcome[] =>
  (file as { readonly cases: readonly RandomRecord[] }).cases.map(checkCase)
