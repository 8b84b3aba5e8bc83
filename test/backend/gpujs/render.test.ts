/** What kernels become: the gpu.js sources and WGSL of typical passes, for a reader to judge. */
import { describe, expect, test } from 'vitest'
import { jit, lax, nn, np, type NdArray } from 'cotangent'
import { legalize, type Abilities } from '../../../src/backend/gpujs/passes/legalize.ts'
import type { Step } from '../../../src/backend/gpujs/passes/step.ts'
import type { Pass } from '../../../src/backend/gpujs/passes/pass.ts'
import { renderSources } from '../../../src/backend/gpujs/source/render.ts'
import { supportsWgsl } from '../../../src/backend/gpujs/supports.ts'
import { renderShader } from '../../../src/backend/gpujs/wgsl/render.ts'
import { lowerProgram } from '../../../src/compile/program.ts'
import type { Buffer } from '../../../src/kernel/ir.ts'

const abilities = (over: Partial<Abilities> = {}): Abilities => ({
  maxBuffers: 8,
  atomics: true,
  tiles: true,
  packs: true,
  isHostOnly: () => false,
  supports: supportsWgsl,
  ...over
})

interface Passes {
  readonly passes: readonly Pass[]
  readonly buffers: readonly Buffer[]
}

const passesOf = (
  f: (...args: readonly NdArray[]) => unknown,
  args: readonly NdArray[],
  over: Partial<Abilities> = {}
): Passes => {
  const { steps, buffers } = legalize(lowerProgram(jit(f).lower(...args).jaxpr), abilities(over))
  const inner = (s: Step): readonly Pass[] =>
    s._tag === 'pass' ? [s.pass] : s._tag === 'loop' ? s.body.flatMap(inner) : []
  return { passes: steps.flatMap(inner), buffers }
}

const sources = (
  f: (...args: readonly NdArray[]) => unknown,
  ...args: readonly NdArray[]
): string => {
  const { passes, buffers } = passesOf(f, args, { tiles: false, atomics: false })
  const written = new Set(buffers.flatMap((b) => (b.role === 'input' ? [b.id] : [])))
  return passes
    .flatMap((p) => {
      const kernels = renderSources(p, { buffers, hasIntegers: false }, (b) => written.has(b))
      kernels.forEach((k) => written.add(k.output))
      return kernels
    })
    .map((k) => `${k.source} // ${k.size} threads`)
    .join('\n')
}

/** The statements of main: what comes before them is the same for all. */
const shaders = (
  f: (...args: readonly NdArray[]) => unknown,
  ...args: readonly NdArray[]
): string => {
  const { passes, buffers } = passesOf(f, args)
  return passes
    .map((p) => renderShader(p, buffers))
    .map((s) => `${s.code.slice(s.code.indexOf('fn main'))} // ${s.groups.join('×')} groups`)
    .join('\n')
}

describe('gpu.js sources', () => {
  test('a fused map inlines its indices', () => {
    expect(
      sources(
        (x, y) => np.where(np.greater(x, 0), np.multiply(x.T, 2), y),
        np.ones([3, 3]),
        np.ones([3, 3])
      )
    ).toMatchInlineSnapshot(`
      "function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = Math.floor((f0 + 0.5) / 3.0);
        const f1 = f0 - i0 * 3.0;
        const i1 = f1;
        const f2 = f1 - i1 * 1.0;
        const t0 = b0[i0 * 3.0 + i1];
        const t1 = (t0 > 0.0 ? 1.0 : 0.0);
        const t2 = (1.0 - t1);
        const t3 = b1[i0 * 3.0 + i1];
        const t4 = b0[i0 + i1 * 3.0];
        const t5 = (t4 * 2.0);
        const t6 = (t2 > 0.5 ? t3 : t5);
        return t6;
      } // 9 threads"
    `)
  })

  test('a softmax stores what its rows find', () => {
    expect(sources((x) => nn.softmax(x), np.ones([4, 5]))).toMatchInlineSnapshot(`
      "function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let a0 = (-inf);
        for (let n = 0; n < 5; n++) {
          const r = n * 1.0;
          const j0 = r;
          const t0 = b0[i0 * 5.0 + j0];
          const t1 = maximum(a0, t0);
          a0 = t1;
        }
        return a0;
      } // 4 threads
      function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        if (id < -0.5) {
          const z0 = exp1(id, id);
          const z1 = scale2(id, id);
          const z2 = pow2(id);
        }
        const f0 = id;
        const i0 = Math.floor((f0 + 0.5) / 5.0);
        const f1 = f0 - i0 * 5.0;
        const i1 = f1;
        const f2 = f1 - i1 * 1.0;
        const t0 = b0[i0 * 5.0 + i1];
        const t1 = b1[i0];
        const t2 = (t0 - t1);
        const t3 = exp1(t2, inf);
        return t3;
      } // 20 threads
      function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let a0 = 0.0;
        for (let n = 0; n < 5; n++) {
          const r = n * 1.0;
          const j0 = r;
          const t0 = b0[i0 * 5.0 + j0];
          const t1 = (a0 + t0);
          a0 = t1;
        }
        return a0;
      } // 4 threads
      function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = Math.floor((f0 + 0.5) / 5.0);
        const f1 = f0 - i0 * 5.0;
        const i1 = f1;
        const f2 = f1 - i1 * 1.0;
        const t0 = b0[i0 * 5.0 + i1];
        const t1 = b1[i0];
        const t2 = (t0 / t1);
        return t2;
      } // 20 threads"
    `)
  })

  test('argmax carries a position', () => {
    expect(sources((x) => np.argmax(x, { axis: 1 }), np.ones([2, 3]))).toMatchInlineSnapshot(`
      "function(b0, inf) {
        const id = this.thread.x * 1.0;
        if (id < -0.5) {
          const z0 = wordChosen(id, [id, id], [id, id]);
          const z1 = wordLessSigned([id, id], [id, id]);
          const z2 = maximum(id, id);
          const z3 = wordOf(id);
        }
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let a0 = (-inf);
        let a0p = [65535.0, 32767.0];
        for (let n = 0; n < 3; n++) {
          const r = n * 1.0;
          const j0 = r;
          const t0 = b0[i0 * 3.0 + j0];
          const t1 = wordOf(((j0) * 1.0));
          const t2 = (!(t0 <= t0 && t0 >= t0) ? 1.0 : 0.0);
          const t3 = (!(a0 <= a0 && a0 >= a0) ? 1.0 : 0.0);
          const t4 = (1.0 - t3);
          const t5 = (t2 * t4);
          const t6 = (t0 > a0 ? 1.0 : 0.0);
          const t7 = maximum(t5, t6);
          const t8 = ((a0 <= t0 && a0 >= t0) ? 1.0 : 0.0);
          const t9 = (t3 * t2);
          const t10 = maximum(t8, t9);
          const t11 = wordLessSigned(t1, a0p);
          const t12 = (t10 * t11);
          const t13 = maximum(t7, t12);
          const t14 = (t13 > 0.5 ? t0 : a0);
          const t15 = wordChosen(t13, t1, a0p);
          a0 = t14;
          a0p = t15;
        }
        return a0p;
      } // 2 threads"
    `)
  })

  test('a concatenation keeps what other parts stored', () => {
    expect(sources((x, y) => np.concatenate([x, y]), np.ones([2]), np.ones([3])))
      .toMatchInlineSnapshot(`
      "function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id - (0.0);
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let result = 0.0;
        if (f0 >= 0.0 && i0 < 2.0 && f1 < 0.5) {
          const t0 = b0[i0];
          result = t0;
        }
        return result;
      } // 5 threads
      function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id - (2.0);
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let result = b1[id];
        if (f0 >= 0.0 && i0 < 3.0 && f1 < 0.5) {
          const t0 = b0[i0];
          result = t0;
        }
        return result;
      } // 5 threads"
    `)
  })

  test('a cumulative sum doubles its reach', () => {
    expect(sources((x) => np.cumsum(x), np.ones([4]))).toMatchInlineSnapshot(`
      "function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        const t0 = b0[i0];
        return t0;
      } // 4 threads
      function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let t0 = 0.0;
        if (i0 >= 1.0 && i0 < 4.0) {
          const t1 = b0[i0 + (-1.0)];
          const t2 = b0[i0];
          const t3 = (t1 + t2);
          t0 = t3;
        } else {
          const t4 = b0[i0];
          t0 = t4;
        }
        return t0;
      } // 4 threads
      function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        let t0 = 0.0;
        if (i0 >= 2.0 && i0 < 4.0) {
          const t1 = b0[i0 + (-2.0)];
          const t2 = b0[i0];
          const t3 = (t1 + t2);
          t0 = t3;
        } else {
          const t4 = b0[i0];
          t0 = t4;
        }
        return t0;
      } // 4 threads
      function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        const t0 = b0[i0];
        return t0;
      } // 4 threads"
    `)
  })

  test('a scatter is a search', () => {
    expect(
      sources(
        (x, i, y) => x.at(i).add(y),
        np.zeros([3]),
        np.array([0, 2]).astype('int32'),
        np.ones([2])
      )
    ).toMatchInlineSnapshot(`
      "function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        const t0 = b0[i0];
        return t0;
      } // 3 threads
      function(b0, b1, b2, inf) {
        const id = this.thread.x * 1.0;
        if (id < -0.5) {
          const z0 = signedOf([id, id]);
          const z1 = wordChosen(id, [id, id], [id, id]);
          const z2 = wordAdd([id, id], [id, id]);
          const z3 = wordLessSigned([id, id], [id, id]);
        }
        let value = b2[id];
        for (let n = 0; n < 2; n++) {
          const u = n * 1.0;
          const i0 = u;
          const t0 = b1[i0];
          const t1 = wordLessSigned(t0, [0.0, 0.0]);
          const t2 = (1.0 - t1);
          const t3 = wordAdd(t0, [3.0, 0.0]);
          const t4 = wordChosen(t2, t0, t3);
          const t5 = wordChosen(wordLessSigned(t4, [2.0, 0.0]), t4, [2.0, 0.0]);
          const t6 = wordChosen(wordLessSigned([0.0, 0.0], t5), t5, [0.0, 0.0]);
          let rest = id - (0.0 + signedOf(t6));
          const t7 = (1.0 - wordLessSigned(t4, [0.0, 0.0]));
          const t8 = (1.0 - wordLessSigned([2.0, 0.0], t4));
          const t9 = (t7 * t8);
          if (rest >= 0.0 && rest < 0.5 && t9 > 0.5) {
            const t10 = b0[i0];
            const t11 = (value + t10);
            value = t11;
          }
        }
        return value;
      } // 3 threads"
    `)
  })

  test('a product has four results a thread, which a map takes apart', () => {
    expect(sources((x, y) => np.matmul(x, y), np.ones([64, 32]), np.ones([32, 66])))
      .toMatchInlineSnapshot(`
      "function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        const i0 = Math.floor((id + 0.5) / 17.0);
        const i0r = id - i0 * 17.0;
        const four = i0r;
        const c0 = (four * 4.0 + 0.0 > 65.0 ? 65.0 : four * 4.0 + 0.0);
        let a0 = 0.0;
        const c1 = (four * 4.0 + 1.0 > 65.0 ? 65.0 : four * 4.0 + 1.0);
        let a1 = 0.0;
        const c2 = (four * 4.0 + 2.0 > 65.0 ? 65.0 : four * 4.0 + 2.0);
        let a2 = 0.0;
        const c3 = (four * 4.0 + 3.0 > 65.0 ? 65.0 : four * 4.0 + 3.0);
        let a3 = 0.0;
        for (let n = 0; n < 32; n++) {
          const r = n * 1.0;
          const j0 = r;
          const t0 = b0[i0 * 32.0 + j0];
          const t1 = b1[c0 + j0 * 66.0];
          a0 = a0 + t0 * t1;
          const t2 = b1[c1 + j0 * 66.0];
          a1 = a1 + t0 * t2;
          const t3 = b1[c2 + j0 * 66.0];
          a2 = a2 + t0 * t3;
          const t4 = b1[c3 + j0 * 66.0];
          a3 = a3 + t0 * t4;
        }
        return [a0, a1, a2, a3];
      } // 1088 threads
      function(b0, inf) {
        const id = this.thread.x * 1.0;
        const f0 = id;
        const i0 = Math.floor((f0 + 0.5) / 66.0);
        const f1 = f0 - i0 * 66.0;
        const i1 = f1;
        const f2 = f1 - i1 * 1.0;
        const t0 = lane(b0[Math.floor((i0 * 68.0 + i1) * 0.25)], i0 * 68.0 + i1);
        return t0;
      } // 4224 threads"
    `)
  })

  test('random words are pairs of limbs', () => {
    expect(
      sources(
        (x, y) => np.bitwiseXor(x.add(y), lax.shiftLeft(x, 3)),
        np.ones([4], { dtype: 'uint32' }),
        np.ones([4], { dtype: 'uint32' })
      )
    ).toMatchInlineSnapshot(`
      "function(b0, b1, inf) {
        const id = this.thread.x * 1.0;
        if (id < -0.5) {
          const z0 = wordXor([id, id], [id, id]);
          const z1 = limbAnd(id, id);
          const z2 = wordScaleUp([id, id], id);
          const z3 = wordAdd([id, id], [id, id]);
        }
        const f0 = id;
        const i0 = f0;
        const f1 = f0 - i0 * 1.0;
        const t0 = b0[i0];
        const t1 = b1[i0];
        const t2 = wordAdd(t0, t1);
        const t3 = wordScaleUp(t0, 8.0);
        const t4 = wordXor(t2, t3);
        return t4;
      } // 4 threads"
    `)
  })
})

describe('WGSL', () => {
  test('sum products in tiles, of operands that are read in fours where they lie so', () => {
    const product = (x: NdArray): NdArray => np.matmul(x, np.ones([72, 90])).add(1)
    expect(shaders(product, np.ones([96, 72]))).toMatchInlineSnapshot(`
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x) * 256 + i32(local.x);
        if (id >= 6480) { return; }
        let i0 = id;
        b0[i0] = 1f;
      } // 26×1×1 groups
      fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let t = i32(local.x);
        let tx = t % 8;
        let ty = t / 8;
        let column = i32(group.x) * 32;
        let row = i32(group.y) * 32;
        let z = i32(group.z);
        let split = 0;
        let begin = 0;
        let end = 72;
        let isLeft = t < 32;
        let side = t / 32;
        let u = t % 32;
        let q = select(u % 8, u / 4, isLeft);
        let kq = select(u / 8, u % 4, isLeft);
        let p = select(column, row, isLeft) + q * 4;
        let to = q ^ (kq * 2);
        var c000 = vec4<f32>();
        var c010 = vec4<f32>();
        var c020 = vec4<f32>();
        var c030 = vec4<f32>();
        var next = block(isLeft, z, p, begin + kq * 4, end);
        for (var k0 = begin; k0 < end; k0 += 16) {
          strips[side][kq][0][to] = next[0];
          strips[side][kq][1][to] = next[1];
          strips[side][kq][2][to] = next[2];
          strips[side][kq][3][to] = next[3];
          workgroupBarrier();
          next = block(isLeft, z, p, k0 + 16 + kq * 4, end);
          for (var s = 0; s < 4; s++) {
            let y = ty ^ (s * 2);
            let x = tx ^ (s * 2);
            {
              let l0 = strips[0][s][0][y];
              let r0 = strips[1][s][0][x];
              c000 += l0.x * r0;
              c010 += l0.y * r0;
              c020 += l0.z * r0;
              c030 += l0.w * r0;
            }
            {
              let l0 = strips[0][s][1][y];
              let r0 = strips[1][s][1][x];
              c000 += l0.x * r0;
              c010 += l0.y * r0;
              c020 += l0.z * r0;
              c030 += l0.w * r0;
            }
            {
              let l0 = strips[0][s][2][y];
              let r0 = strips[1][s][2][x];
              c000 += l0.x * r0;
              c010 += l0.y * r0;
              c020 += l0.z * r0;
              c030 += l0.w * r0;
            }
            {
              let l0 = strips[0][s][3][y];
              let r0 = strips[1][s][3][x];
              c000 += l0.x * r0;
              c010 += l0.y * r0;
              c020 += l0.z * r0;
              c030 += l0.w * r0;
            }
          }
          workgroupBarrier();
        }
        put(z, split, row + (ty) * 4 + 0, column + (tx) * 4, c000);
        put(z, split, row + (ty) * 4 + 1, column + (tx) * 4, c010);
        put(z, split, row + (ty) * 4 + 2, column + (tx) * 4, c020);
        put(z, split, row + (ty) * 4 + 3, column + (tx) * 4, c030);
      } // 3×3×1 groups"
    `)
  })

  test('a map over many points reads and writes four neighbours at once', () => {
    const f = (x: NdArray, row: NdArray, column: NdArray): NdArray => x.mul(row).add(column)
    expect(shaders(f, np.ones([512, 516]), np.ones([516]), np.ones([512, 1])))
      .toMatchInlineSnapshot(`
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x) * 256 + i32(local.x);
        if (id >= 66048) { return; }
        let i1q = id % 129;
        let i1qr = id / 129;
        let i0 = i1qr;
        let i1 = i1q * 4;
        let t0 = b0[(i0 * 516 + i1) >> 2u];
        let t1 = b1[(i1) >> 2u];
        let t2 = b2[i0];
        let t3 = t0.x * t1.x;
        let t4 = t3 + t2;
        let t5 = t0.y * t1.y;
        let t6 = t5 + t2;
        let t7 = t0.z * t1.z;
        let t8 = t7 + t2;
        let t9 = t0.w * t1.w;
        let t10 = t9 + t2;
        b3[(i0 * 516 + i1) >> 2u] = vec4<f32>(t4, t6, t8, t10);
      } // 258×1×1 groups"
    `)
  })

  test('a fused map', () => {
    expect(shaders((x) => np.tanh(x).mul(2).add(1), np.ones([300]))).toMatchInlineSnapshot(`
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x) * 256 + i32(local.x);
        if (id >= 300) { return; }
        let i0 = id;
        let t0 = b0[i0];
        let t1 = tanh1(t0, infinity());
        let t2 = t1 * 2f;
        let t3 = t2 + 1f;
        b1[i0] = t3;
      } // 2×1×1 groups"
    `)
  })

  test('a long sum is a tree per group, then one over the groups', () => {
    expect(shaders((x) => np.sum(x), np.ones([100_000]))).toMatchInlineSnapshot(`
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x);
        let t = i32(local.x);
        let i0 = id;
        var a0 = 0f;
        for (var r = t; r < 2041; r += 256) {
          let j0 = r;
          var t2: f32;
          if (i0 * 2041 + j0 >= 0 && i0 * 2041 + j0 < 100000) {
            let t3 = b0[i0 * 2041 + j0];
            t2 = t3;
          } else {
            t2 = 0f;
          }
          let t4 = a0 + t2;
          a0 = t4;
        }
        s0[t] = a0;
        workgroupBarrier();
        if (t < 16) {
          for (var o = t + 16; o < 256; o += 16) {
            let t0 = s0[o];
            let t1 = a0 + t0;
            a0 = t1;
          }
          s0[t] = a0;
        }
        workgroupBarrier();
        if (t != 0) { return; }
        for (var o = 1; o < 16; o += 1) {
          let t0 = s0[o];
          let t1 = a0 + t0;
          a0 = t1;
        }
        b1[i0] = a0;
      } // 49×1×1 groups
      fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x) * 256 + i32(local.x);
        if (id >= 1) { return; }
        var a0 = 0f;
        for (var r = 0; r < 49; r += 1) {
          let j0 = r;
          let t0 = b0[j0];
          let t1 = a0 + t0;
          a0 = t1;
        }
        b1[0] = a0;
      } // 1×1×1 groups"
    `)
  })

  test('threefry has the integers of the device', () => {
    const shift = (x: NdArray): NdArray =>
      np.bitwiseXor(
        lax.shiftLeft(x, np.fullLike(x, 13)),
        lax.shiftRightLogical(x, np.fullLike(x, 19))
      )
    expect(shaders(shift, np.ones([4], { dtype: 'uint32' }))).toMatchInlineSnapshot(`
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
        let id = i32(group.x) * 256 + i32(local.x);
        if (id >= 4) { return; }
        let i0 = id;
        let t0 = b0[i0];
        let t1 = shiftLeftU(t0, 13u, 32u);
        let t2 = shiftRightU(t0, 19u, 32u);
        let t3 = t1 ^ t2;
        b1[i0] = t3;
      } // 1×1×1 groups"
    `)
  })

  test('a product is tiled where tiles are full', () => {
    const { passes } = passesOf((a, b) => np.matmul(a, b), [np.ones([256, 64]), np.ones([64, 128])])
    expect(passes.map((p) => (p._tag === 'product' ? `${p._tag} in ${p.splits}` : p._tag))).toEqual(
      ['product in 1']
    )
  })

  test('a product with a long sum and few results is split', () => {
    const { passes } = passesOf(
      (a, b) => np.matmul(a, b),
      [np.ones([32, 8192]), np.ones([8192, 32])]
    )
    expect(passes.map((p) => (p._tag === 'product' ? `${p._tag} in ${p.splits}` : p._tag))).toEqual(
      ['product in 64', 'reduce']
    )
  })

  test('passes that read more arrays than a launch may are cut', () => {
    const many = Array.from({ length: 12 }, (_, i) => np.full([8], i))
    const { passes } = passesOf((...xs) => xs.reduce((a, b) => np.add(np.sin(a), b)), many)
    expect(passes.length).toBeGreaterThan(1)
    expect(passes.every((p) => p._tag === 'map')).toBe(true)
  })
})
