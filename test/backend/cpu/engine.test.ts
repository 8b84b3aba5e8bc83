import { describe, expect, test } from 'vitest'
import { compileModule, detectProfile } from '../../../src/backend/cpu/engine/engine.ts'
import { probeProduct } from '../../../src/backend/cpu/engine/engine-probe.ts'
import { createModule } from '../../../src/backend/cpu/wasm/module.ts'
import { wasm } from '../../../src/backend/cpu/wasm/runtime.ts'

const relaxed = () => {
  const module = createModule({ initial: 0 })
  module.define({ params: [], results: ['v128'] }, (f) =>
    f.f32x4(2).f32x4(3).f32x4(4).op('f32x4.relaxed_madd')
  )
  return module.build()
}

describe('detectProfile', () => {
  test('finds relaxed SIMD in every supported Node', () => {
    expect(detectProfile().fusedMultiplyAdd).toBe(true)
  })

  test('never fuses under a deterministic configuration', () => {
    const profile = detectProfile({ deterministic: true })
    expect(profile.fusedMultiplyAdd).toBe(false)
    expect(profile.flags).not.toContain('--experimental-wasm-relaxed-simd')
  })

  test('sets no flag when engine flags are switched off', () => {
    expect(detectProfile({ engineFlags: false }).flags).toEqual([])
  })

  test('chooses a tile whose vectors fit the fifteen registers that V8 has for them', () => {
    for (const deterministic of [false, true]) {
      const { flags, tile, fusedMultiplyAdd } = detectProfile({ deterministic })
      const joined = flags.includes('--experimental-wasm-revectorize') ? 2 : 1
      const vectors = tile.vectors / joined
      const product = fusedMultiplyAdd ? 0 : 1
      expect(tile.rows * vectors + vectors + 1 + product).toBeLessThanOrEqual(15)
    }
  })

  test('is asked once', () => {
    expect(detectProfile()).toBe(detectProfile())
  })
})

describe('probeProduct', () => {
  const profile = detectProfile()
  const compile = (bytes: Uint8Array<ArrayBuffer>) => compileModule(bytes, profile)

  test('times a product that is right', () => {
    expect(probeProduct(profile, compile)).toBeGreaterThan(0)
  })

  test('refuses a profile whose module does not compile', () => {
    expect(probeProduct(profile, () => compile(new Uint8Array(8)))).toBe(undefined)
  })

  test('refuses a profile whose product is wrong', () => {
    // A product that stores nothing: an exported function of the same signature, and no code.
    const params = Array<'i32'>(13).fill('i32')
    const nothing = createModule({ initial: 1 })
    nothing.export(
      'gemm',
      nothing.define({ params, results: [] }, () => {})
    )
    expect(probeProduct(profile, () => compile(nothing.build()))).toBe(undefined)
  })
})

describe('compileModule', () => {
  test('compiles relaxed SIMD and leaves the flags as they were', () => {
    const before = wasm.validate(relaxed())
    expect(() => compileModule(relaxed(), detectProfile(), { optimised: true })).not.toThrow()
    expect(wasm.validate(relaxed())).toBe(before)
  })

  test('restores the flags when the module is invalid', () => {
    const before = wasm.validate(relaxed())
    expect(() => compileModule(new Uint8Array([1, 2, 3]), detectProfile())).toThrow(/WebAssembly/)
    expect(wasm.validate(relaxed())).toBe(before)
  })
})
