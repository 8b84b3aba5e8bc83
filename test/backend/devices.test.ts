/** What is said of devices where there is none, or none yet: no GPU is needed to read it. */
import { describe, expect, test } from 'vitest'
import { config, devicePut, jit, np, type NdArray } from 'cotangent'
import {
  acquireWebGpu,
  loadGpuJs,
  setGpuJsSource,
  setWebGpuSource
} from '../../src/backend/gpujs/load.ts'
import { openDevice } from '../../src/backend/select.ts'
import { message } from '../core/message.ts'
import { rejection } from '../core/rejection.ts'

const twice = (x: NdArray): NdArray => x.mul(2)

describe('a device that has not been opened', () => {
  test('cannot be the device of a function', () => {
    const f = jit(twice, { device: 'gpu' })
    expect(message(() => f(np.array([1, 2])))).toMatchInlineSnapshot(`
      "DeviceError device: the device has not been opened yet
        got:      'gpu'
        expected: a device that await devices() or await config({ device }) has opened
        hint:     write await config({ device: 'gpu' }) once, before the first call"
    `)
  })

  test('cannot take arrays', () => {
    expect(message(() => devicePut(np.array([1, 2]), 'webgpu'))).toMatchInlineSnapshot(`
      "DeviceError device: the device has not been opened yet
        got:      'webgpu'
        expected: a device that await devices() or await config({ device }) has opened
        hint:     write await config({ device: 'webgpu' }) once, before the first call"
    `)
  })
})

test('an unknown name is answered with the known ones', () => {
  expect(message(() => devicePut(np.array([1, 2]), 'tpu'))).toMatchInlineSnapshot(`
    "DeviceError device: there is no device of this name
      got:      'tpu'
      expected: one of cpu, gpu, auto, webgpu, webgl2, headlessgl
      hint:     'gpu' is the best GPU there is"
  `)
  expect(message(() => jit(twice, { device: 'cuda' })(np.array([1])))).toMatchInlineSnapshot(`
    "DeviceError device: there is no device of this name
      got:      'cuda'
      expected: one of cpu, gpu, auto, webgpu, webgl2, headlessgl
      hint:     'gpu' is the best GPU there is"
  `)
})

describe('packages that are not there', () => {
  const cpu = { name: 'cpu', supports: () => ({ _tag: 'Right', right: undefined }) } as never // no program gets this far

  test('are named with the line that installs them', async () => {
    const absent: string = 'gpu.js-which-nobody-installed'
    setGpuJsSource(() => import(/* @vite-ignore */ absent))
    const opened = openDevice('webgl2', { cpu, maxBytes: () => 0 })
    expect(await rejection(opened)).toMatchInlineSnapshot(`
      "DeviceError gpu: the package gpu.js is not installed
        got:      Cannot find package 'gpu.js-which-nobody-installed'
        expected: gpu.js, and in Node webgpu
        hint:     npm i gpu.js webgpu@0.6.2"
    `)
  })

  test('are named when it is WebGPU for Node that is missing', async () => {
    const absent: string = 'webgpu-which-nobody-installed'
    setWebGpuSource(() => import(/* @vite-ignore */ absent))
    expect(await rejection(acquireWebGpu())).toMatchInlineSnapshot(`
      "DeviceError gpu: the package webgpu is not installed
        got:      Cannot find package 'webgpu-which-nobody-installed'
        expected: gpu.js, and in Node webgpu
        hint:     npm i gpu.js webgpu@0.6.2"
    `)
    setWebGpuSource(() => Promise.reject(new RangeError('libvulkan.so.1 is missing')))
    expect(await rejection(acquireWebGpu())).toMatchInlineSnapshot(`
      "DeviceError gpu: the package webgpu, which drives the GPU, does not load
        got:      libvulkan.so.1 is missing
        expected: gpu.js, and in Node webgpu
        hint:     npm i gpu.js webgpu@0.6.2"
    `)
  })

  test('say so when nothing else would do', async () => {
    const opened = openDevice('gpu', { cpu, maxBytes: () => 0 })
    const text = await rejection(opened)
    expect(text).toContain('there is no GPU that gpu.js can drive')
    expect(text).toContain('\n  hint:     npm i gpu.js webgpu@0.6.2')
  })

  test('are told apart from packages that fail', async () => {
    setGpuJsSource(() => Promise.reject(new RangeError('the binary is for another machine')))
    expect(await rejection(loadGpuJs())).toMatchInlineSnapshot(`
      "DeviceError gpu: the package gpu.js, which drives the GPU, does not load
        got:      the binary is for another machine
        expected: gpu.js, and in Node webgpu
        hint:     npm i gpu.js webgpu@0.6.2"
    `)
    setGpuJsSource(() => Promise.resolve({ GPU: class {} }))
    expect(await rejection(loadGpuJs())).toMatchInlineSnapshot(`
      "DeviceError gpu: the package gpu.js is of a version without webgpu
        got:      no GPU, or no WebGPUContext
        expected: gpu.js, and in Node webgpu
        hint:     npm i gpu.js webgpu@0.6.2"
    `)
  })

  test('leave the setting as it was', async () => {
    const change = config({ device: 'headlessgl' })
    expect(config().device).toBe('cpu')
    expect(await rejection(change)).toContain('the package gpu.js is of a version without webgpu')
    expect(config().device).toBe('cpu')
  })
})
