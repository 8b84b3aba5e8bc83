import fc from 'fast-check'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as families from '../src/primitives/index.ts'
import { avalOf } from '../src/core/array.ts'
import type { Jaxpr } from '../src/trace/jaxpr.ts'
import { traceToJaxpr } from '../src/trace/make-jaxpr.ts'
import { primitives } from '../src/trace/primitive.ts'
import { always, differentiable, eachRow, everyType, excused, holds } from '../test/tools/rows.ts'
import { typesAreKept } from './compile.ts'
import {
  forwardOverReverse,
  jvpIsDifference,
  jvpKeepsValues,
  mixedDerivativesCommute,
  tangentOf,
  vjpIsAdjointOfJvp,
  vjpIsDifference
} from './derivative.ts'
import { jvpIsLinear, transposeIsAdjoint } from './linear.ts'
import { rows } from './primitives.ts'
import { subject } from './primitives/row.ts'

const namesIn = (jaxpr: Jaxpr): readonly string[] =>
  jaxpr.equations.flatMap((e) => [
    e.primitive.name,
    ...(e.primitive.programs?.(e.params) ?? []).flatMap(namesIn)
  ])

describe('the table of laws', () => {
  test('has one row for every primitive and none for another', () => {
    expect(Object.keys(families).length).toBeGreaterThan(0)
    expect(rows.map((r) => r.primitive).sort()).toEqual([...primitives().keys()].sort())
  })

  test('is preceded by every file that defines a primitive', () => {
    const folder = new URL('../src/primitives/', import.meta.url)
    const index = readFileSync(new URL('index.ts', folder), 'utf8')
    const makers = /definePrimitive|^export const \w+ = (?:unary|binary)\(/m
    const missing = readdirSync(folder)
      .filter((f) => f !== 'index.ts' && makers.test(readFileSync(new URL(f, folder), 'utf8')))
      .filter((f) => !index.includes(`'./${f}'`))
    expect(missing).toEqual([])
  })

  test('says of every linear primitive in what it is linear', () => {
    const silent = rows.filter((r) => {
      const hasTranspose = primitives().get(r.primitive)?.transpose !== undefined
      return hasTranspose && r.linear === undefined && !excused(r, 'adjoint')
    })
    expect(silent.map((r) => r.primitive)).toEqual([])
  })

  test('has a sample with floats wherever a derivative is promised', () => {
    const without = rows.filter((r) => !excused(r, 'derivative') && differentiable(r).length === 0)
    expect(without.map((r) => r.primitive)).toEqual([])
  })
})

describe('samples bind the primitive that they are about', () => {
  eachRow('bound', always, (row) => {
    for (const s of everyType(row)) {
      const [xs] = fc.sample(subject(s, 'smooth').args, { numRuns: 1, seed: 1 })
      const { jaxpr } = traceToJaxpr((...ys) => s.f(...ys), xs.map(avalOf), 'sample')
      expect(namesIn(jaxpr)).toContain(row.primitive)
    }
  })
})

describe('abstract evaluation gives the types of the values', () => {
  eachRow(null, always, (row) => {
    for (const s of everyType(row)) holds(typesAreKept(subject(s, 'any')))
  })
})

describe('jvp is the limit of differences, and linear', () => {
  eachRow(
    'derivative',
    (r) => !excused(r, 'forward'),
    (row) => {
      for (const s of differentiable(row)) {
        const own = subject(s, 'smooth')
        holds(jvpKeepsValues(own))
        holds(jvpIsDifference(own))
        holds(jvpIsLinear(own))
      }
    }
  )
})

describe('vjp is the adjoint of jvp, or of differences where there is no jvp', () => {
  eachRow(
    'reverse',
    (r) => !excused(r, 'derivative'),
    (row) => {
      const law = excused(row, 'forward') ? vjpIsDifference : vjpIsAdjointOfJvp
      for (const s of differentiable(row)) holds(law(subject(s, 'smooth')))
    }
  )
})

describe('every transpose is the adjoint', () => {
  eachRow(
    'adjoint',
    (r) => r.linear !== undefined,
    (row) => {
      for (const s of differentiable(row))
        holds(transposeIsAdjoint(subject(s, 'smooth'), row.linear ?? []))
    }
  )
})

describe('second derivatives are derivatives, and mix', () => {
  eachRow(
    'secondDerivative',
    (r) => !excused(r, 'derivative') && !excused(r, 'forward'),
    (row) => {
      for (const s of row.samples('float64')) {
        const own = subject(s, 'smooth')
        holds(jvpIsDifference(tangentOf(own)))
        holds(mixedDerivativesCommute(own))
        if (excused(row, 'reverse')) continue
        holds(vjpIsAdjointOfJvp(tangentOf(own)))
        holds(forwardOverReverse(own))
      }
    }
  )
})
