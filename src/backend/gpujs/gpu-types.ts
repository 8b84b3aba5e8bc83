/** The part of WebGPU that is used here; the library depends on nobody's declarations of it. */
export interface GpuBuffer {
  readonly mapAsync: (mode: number) => Promise<void>
  readonly getMappedRange: () => ArrayBuffer
  readonly unmap: () => void
  readonly destroy: () => void
}

export type GpuPipeline = object

export type GpuBindGroup = object

export interface GpuPass {
  readonly setPipeline: (pipeline: GpuPipeline) => void
  readonly setBindGroup: (index: number, group: GpuBindGroup) => void
  readonly dispatchWorkgroups: (x: number, y?: number, z?: number) => void
  readonly end: () => void
}

export interface GpuEncoder {
  readonly beginComputePass: () => GpuPass
  readonly copyBufferToBuffer: (
    source: GpuBuffer,
    sourceOffset: number,
    target: GpuBuffer,
    targetOffset: number,
    bytes: number
  ) => void
  readonly finish: () => object
}

export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number
  readonly maxBufferSize: number
  readonly maxStorageBuffersPerShaderStage: number
  readonly maxComputeInvocationsPerWorkgroup: number
  readonly maxComputeWorkgroupStorageSize: number
}

export interface GpuDevice {
  readonly limits: GpuLimits
  readonly queue: {
    readonly submit: (buffers: readonly object[]) => void
    readonly writeBuffer: (
      buffer: GpuBuffer,
      offset: number,
      data: ArrayBufferLike,
      dataOffset: number,
      size: number
    ) => void
    readonly onSubmittedWorkDone: () => Promise<void>
  }
  readonly createBuffer: (o: { readonly size: number; readonly usage: number }) => GpuBuffer
  readonly createCommandEncoder: () => GpuEncoder
  readonly createShaderModule: (o: { readonly code: string }) => object
  readonly createBindGroupLayout: (o: object) => object
  readonly createPipelineLayout: (o: object) => object
  readonly createComputePipeline: (o: object) => GpuPipeline
  readonly createBindGroup: (o: object) => GpuBindGroup
  readonly pushErrorScope: (filter: string) => void
  readonly popErrorScope: () => Promise<{ readonly message: string } | null>
  readonly lost: Promise<object>
  readonly destroy: () => void
}

export interface GpuAdapter {
  readonly limits: GpuLimits
  readonly info?: {
    readonly vendor?: string
    readonly architecture?: string
    readonly device?: string
    readonly description?: string
  }
  readonly requestDevice: (o?: {
    readonly requiredLimits?: Record<string, number>
  }) => Promise<GpuDevice>
}
