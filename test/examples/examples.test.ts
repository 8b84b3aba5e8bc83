import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runCommand } from '../../docs/examples/command.ts'
import type { Figures, Settings } from '../../docs/examples/example.ts'
import { examples } from '../../docs/examples/examples.ts'
import { read } from '../tools/sources.ts'

/** A short form of each example, and what must come of it. */
const short: Readonly<Record<string, readonly [Settings, (of: Figures) => void]>> = {
  'freeze-first-layer': [
    { steps: 20, frozenSteps: 10 },
    ({ first, trained, tuned, moved }) => {
      expect(trained).toBeLessThan(first)
      expect(tuned).toBeLessThan(trained)
      expect(moved).toBe(0)
    }
  ],
  'replace-head': [
    { steps: 60, examples: 2000 },
    ({ digits, hundred, outputs }) => {
      expect(digits).toBeGreaterThan(0.75)
      expect(hundred).toBeGreaterThan(0.05)
      expect(outputs).toBe(100)
    }
  ],
  binary: [
    { steps: 300, examples: 1000 },
    ({ accuracy }) => {
      expect(accuracy).toBeGreaterThan(0.6)
    }
  ],
  softmax: [
    { steps: 200, examples: 1000 },
    ({ accuracy }) => {
      expect(accuracy).toBeGreaterThan(0.6)
    }
  ],
  cifar: [
    { steps: 20, batchSize: 16, examples: 100 },
    ({ first, last }) => {
      expect(last).toBeLessThan(first)
    }
  ],
  'mnist-conv': [
    { steps: 30, batchSize: 16, examples: 500 },
    ({ accuracy }) => {
      expect(accuracy).toBeGreaterThan(0.3)
    }
  ],
  'lora-mnist': [
    { steps: 60, adaptSteps: 80, rank: 4, examples: 4000 },
    ({ full, lora, headOnly, loraCount }) => {
      expect(full).toBeGreaterThan(0.8)
      expect(lora).toBeGreaterThan(headOnly - 0.05)
      // A and B of 784x256 and 256x128, and the head.
      expect(loraCount).toBe(4 * (784 + 256 + 256 + 128) + 128 * 5 + 5)
    }
  ],
  'character-gpt': [
    {
      steps: 12,
      batchSize: 4,
      context: 32,
      features: 32,
      layers: 1,
      rows: 256,
      judged: 3000,
      sample: 10
    },
    ({ bitsPerCharacter, written }) => {
      expect(bitsPerCharacter).toBeLessThan(6)
      expect(written).toBe(10)
    }
  ],
  names: [
    { steps: 30, batchSize: 32, features: 24 },
    ({ bits, fresh }) => {
      expect(bits).toBeLessThan(4.5)
      expect(fresh).toBeGreaterThan(0)
    }
  ],
  pinn: [
    { steps: 300, points: 32 },
    ({ first, last }) => {
      expect(last).toBeLessThan(first)
    }
  ],
  maml: [
    { steps: 400, tasks: 8 },
    ({ before, ten, scratch }) => {
      expect(ten).toBeLessThan(before)
      expect(ten).toBeLessThan(scratch)
    }
  ],
  'gaussian-process': [
    { steps: 100, points: 25 },
    ({ error, noise }) => {
      expect(error).toBeLessThan(0.1)
      expect(noise).toBeLessThan(0.3)
    }
  ],
  autoencoder: [
    { steps: 40, examples: 1000, latent: 4 },
    ({ first, last }) => {
      expect(last).toBeLessThan(0.5 * first)
    }
  ]
}

describe('the examples', () => {
  test('all have a short form here, and a line in the documentation', () => {
    expect(Object.keys(short).sort()).toEqual(Object.keys(examples).sort())
    const page = read('docs/examples/README.md')
    expect(Object.keys(examples).filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  test.each(Object.keys(short))('%s', async (name) => {
    const [settings, check] = short[name]
    const lines: string[] = []
    const figures = await examples[name].run({ ...examples[name].defaults, ...settings }, (line) =>
      lines.push(line)
    )
    expect(lines.length).toBeGreaterThan(2)
    check(figures)
  })
})

describe('the command line of the examples', () => {
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

  const run = (...argv: readonly string[]): Promise<number> =>
    runCommand(examples, argv, () => undefined)

  test('runs the one that is named, with its settings', async () => {
    const lines: string[] = []
    const argv = ['freeze-first-layer', '--steps', '5', '--frozen-steps', '5']
    expect(await runCommand(examples, argv, (line) => lines.push(line))).toBe(0)
    expect(lines[4]).toMatch(/^step 5 of 5: loss /)
  })

  test.each([
    [['pinn', '--step', '5']],
    [['pinn', '--steps', 'many']],
    [['pinn', '--steps', '']],
    [['nobody']],
    [['pinn', '5']],
    [[]]
  ])('%j prints the usage and ends with status 2', async (argv) => {
    expect(await run(...argv)).toBe(2)
    expect(written.join('')).toContain('Usage: example')
  })

  test('--help ends with status 0', async () => {
    expect(await run('--help')).toBe(0)
    expect(written.join('')).toContain('lora-mnist')
    expect(await run('lora-mnist', '--help')).toBe(0)
    expect(written.join('')).toContain('--adapt-steps <n>')
  })
})
