import { describe } from 'vitest'
import { always, eachRow, everyType, excused, holds } from '../test/tools/rows.ts'
import { vmapIsLoop } from './batch.ts'
import { gradOfJit, gradOfVmap, vmapOfJit } from './commute.ts'
import { jitIsExactlyIdentity, jitIsIdentity, kernelIsReference } from './compile.ts'
import { subject } from './primitives/row.ts'

describe('vmap is the stacked loop', () => {
  eachRow('batch', always, (row) => {
    for (const s of everyType(row)) holds(vmapIsLoop(subject(s, 'any')))
  })
})

describe('jit f is f', () => {
  eachRow('jit', always, (row) => {
    for (const s of everyType(row)) {
      holds(jitIsIdentity(subject(s, 'any')))
      if (row.elementwise) holds(jitIsExactlyIdentity(subject(s, 'any')))
    }
  })
})

describe('the kernel of one operation is its reference rule', () => {
  eachRow('kernel', always, (row) => {
    for (const s of everyType(row)) holds(kernelIsReference(subject(s, 'any')))
  })
})

describe('grad, vmap and jit commute', () => {
  eachRow('commute', always, (row) => {
    for (const s of row.samples('float64')) {
      const own = subject(s, 'smooth')
      holds(vmapOfJit(own))
      if (excused(row, 'reverse') || excused(row, 'derivative')) continue
      holds(gradOfVmap(own))
      holds(gradOfJit(own))
    }
  })
})
