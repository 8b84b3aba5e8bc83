import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseOptions } from '../../docs/examples/mnist/options.ts'

describe('the options of the demo', () => {
  const written: string[] = []

  beforeEach(() => {
    written.length = 0
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text))
        return true
      })
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('have defaults that train on everything', () => {
    expect(parseOptions([])).toMatchObject({ digits: '0-4', examples: Infinity, seed: 0 })
  })

  test('are numbers in their domain', () => {
    expect(parseOptions(['--examples', '500', '--epochs', '1', '--digits', 'all'])).toMatchObject({
      digits: 'all',
      examples: 500,
      epochs: 1
    })
  })

  test.each([
    [['--epoch', '3']],
    [['--epochs', '0']],
    [['--epochs', 'many']],
    [['--digits', '3']],
    [['--seed', '-1']],
    [['5']]
  ])('%j prints the usage and ends with status 2', (argv) => {
    expect(parseOptions(argv)).toBe(2)
    expect(written.join('')).toMatch(/^error: .*\n[^]*Usage: demo \[options\]/)
  })

  test('--help ends with status 0', () => {
    expect(parseOptions(['--help'])).toBe(0)
    expect(written.join('')).toContain('Usage: demo [options]')
  })
})
