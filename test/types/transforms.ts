/**
 * Public signatures, checked by `npm run typecheck` alone: nothing here runs. A line marked
 * `@ts-expect-error` is a mistake that the compiler has to see.
 */
import {
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  np,
  valueAndGrad,
  vjp,
  vmap,
  type NdArray
} from 'cotangent'

interface Linear {
  readonly weight: NdArray
  readonly bias: NdArray
}

interface Network {
  readonly layers: readonly [Linear, Linear]
  readonly blocks: readonly Linear[]
  readonly head: { readonly w: NdArray; readonly b?: NdArray }
}

declare const network: Network
declare const x: NdArray
const loss = (p: Network, input: NdArray, rate: number): NdArray =>
  p.head.w.mul(input).sum().mul(rate)

// The gradient has the type of the parameter tree; interfaces and optional fields included.
export const tree: Network = grad(loss)(network, x, 0.5)
export const several: readonly [Network, NdArray] = grad(loss, { argnums: [0, 1] })(network, x, 1)
export const second: NdArray = grad(loss, { argnums: 1 })(network, x, 1)
const withAux = grad((p: Network, input: NdArray) => [p.head.w.sum(), { seen: input }] as const, {
  hasAux: true
})
const [gradient, auxiliary] = withAux(network, x)
export const auxGradient: Network = gradient
export const aux: NdArray = auxiliary.seen

// Scalars: numbers stand for arrays, and lambdas need no annotation.
export const slope: number = grad(np.tanh)(0.5).item()
export const inline: NdArray = grad((y) => np.sin(y).mul(y))(0.5)
export const thrice: NdArray = grad(grad(grad(np.tanh)))(1)
export const mixed: NdArray = grad((a) => grad((b) => np.sin(a).mul(b))(a))(1)
export const [value, slopes]: readonly [NdArray, Network] = valueAndGrad(loss)(network, x, 1)

// Generic callers keep their types.
export const descend =
  <P>(f: (p: P, input: NdArray) => NdArray) =>
  (p: P, input: NdArray): P =>
    grad(f)(p, input)

export const [out, pull] = vjp((p: Linear, input: NdArray) => p.weight.mul(input), [
  { weight: x, bias: x },
  x
] as const)
export const cotangents: readonly [Linear, NdArray] = pull(x)
export const [, push]: readonly [NdArray, NdArray] = jvp((y: NdArray) => y.mul(y), [x], [x])

export const shared: NdArray = vmap((a: NdArray, p: Linear) => p.weight.mul(a), {
  inAxes: [0, { weight: 0, bias: null }]
})(x, network.layers[0])
export const nested: NdArray = vmap(vmap((y) => np.sin(y).mul(y)))(x)
export const perExample: Linear = vmap(
  grad((p: Linear, y: NdArray) => p.weight.mul(y)),
  { inAxes: [null, 0] }
)(network.layers[0], x)

// Axes that are trees leave the types of a derivative made in place as they are.
const error = (p: Linear, input: NdArray): NdArray => p.weight.mul(input).add(p.bias).sum()
export const byTree: Linear = vmap(grad(error), {
  inAxes: [{ weight: null, bias: 0 }, 0],
  outAxes: { weight: 0, bias: 1 }
})(network.layers[0], x)
export const [losses, slopesOfEach] = vmap(valueAndGrad(error), {
  inAxes: [{ weight: null, bias: null }, 0],
  outAxes: [0, { weight: 0, bias: 0 }]
})(network.layers[0], x)
export const withRate: Network = vmap(grad(loss), {
  inAxes: [{ layers: null, blocks: null, head: { w: 0 } }, 0, null]
})(network, x, 1)
// @ts-expect-error inAxes names a field that the tree does not have
vmap(grad(error), { inAxes: [{ weight: 0, bais: null }, 0] })
// @ts-expect-error an array has one axis
vmap(grad(error), { inAxes: [null, [0]] })
// @ts-expect-error an axis for the second argument is missing
vmap(grad(error), { inAxes: [null] })

export const compiled: Network = jit(grad(loss))(network, x, 1)
export const number: NdArray = jit((y: NdArray) => np.sin(y))(1)

// Jacobians have the arguments' tree at every leaf of the results' tree.
export const curvature: NdArray = hessian(error)(network.layers[0], x).weight.bias
export const row: NdArray = jacrev(error)(network.layers[0], x).bias
export const pushed: NdArray = jacfwd((p: Linear) => ({ y: [p.bias, p.weight] as const }))(
  network.layers[0]
).y[1].weight
export const chosen: readonly [Linear, NdArray] = jacrev(error, { argnums: [0, 1] })(
  network.layers[0],
  x
)
export const crossed: NdArray = hessian(error, { argnums: [0, 1] })(network.layers[0], x)[1][0].bias

// @ts-expect-error the function returns a tree, not a scalar
grad((p: Network) => p.head)(network)
const misspelt = { weigth: 0 } as const
// @ts-expect-error inAxes names a field that the tree does not have
vmap((y: NdArray, p: Linear) => p.weight.mul(y), { inAxes: [0, misspelt] })(x, network.layers[0])
// @ts-expect-error a second argument is missing
vmap((a: NdArray, b: NdArray) => a.mul(b))(x)
// @ts-expect-error a slice string has at most two colons
x.slice('1:2:3:4')
// @ts-expect-error arrays are read-only
x.shape[0] = 3
