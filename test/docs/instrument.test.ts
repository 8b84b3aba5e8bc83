import { describe, expect, test } from 'vitest'
import { instrument } from './instrument.ts'

describe('instrument', () => {
  test('turns a claim after an expression into a check, on the same line', () => {
    expect(instrument('const x = 1\nf(x,\n 2) // => 3\n')).toMatchInlineSnapshot(`
      {
        "checks": 1,
        "code": "const x = 1
      await __check(3, () => ({ value: (f(x,
       2)) }), "3") // => 3
      ",
      }
    `)
  })

  test('checks the value of a const', () => {
    expect(instrument('const x = f() // => 3').code).toBe(
      'const x = f(); await __check(1, () => ({ value: x }), "3") // => 3'
    )
  })

  test('takes the comment lines below as more of the value, up to an empty line', () => {
    const { code, checks } = instrument('f() // =>\n// a\n//   b\n\n// prose\ng() // => 1')
    expect(checks).toBe(2)
    expect(code).toContain('"a\\n   b"')
    expect(code).not.toContain('"prose')
  })

  test('awaits what the page awaits', () => {
    expect(instrument('await f() // => 1').code).toContain('async () => ({ value: (await f()) })')
  })

  test('counts in characters, not bytes', () => {
    expect(instrument("const s = 'é→𝛼'\ns // => é→𝛼").code).toContain('() => ({ value: (s) })')
  })

  test.each([
    ['inside a block', 'if (x) {\n  f() // => 1\n}'],
    ['inside a function', 'const g = () => {\n  f() // => 1\n}'],
    ['after a pattern', 'const [a, b] = f() // => 1'],
    ['on a line of its own', '// => 1'],
    ['after a declaration', 'function f() {} // => 1']
  ])('refuses a claim %s, which nothing would check', (_where, code) => {
    expect(() => instrument(code)).toThrow('"// =>" must follow an expression')
  })

  test('refuses code that does not parse', () => {
    expect(() => instrument('const = 1')).toThrow(SyntaxError)
  })
})
