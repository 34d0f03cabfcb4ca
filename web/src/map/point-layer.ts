// SPDX-License-Identifier: Apache-2.0
// The vehicles as one buffer of GL points: teardrop along the heading = moving, disc = stopped, hollow ring = silent.
// Positions are sent as float32 offsets from a local origin near the view, so that they stay exact when zoomed in. The map
// cannot be tilted or turned, so two plain uniforms place them (uniform buffers would disturb MapLibre's own layers).
import type { CustomLayerInterface, Map as MapLibre } from 'maplibre-gl'
import { kSilent, type Limits, type VehicleStore } from '../live/vehicle-store'
import { kFlagMoving, kNoU16 } from '../live/wire'
import { mercatorX, mercatorY, wrapX } from './mercator'
import type { MarkerPalette } from './palette'
import { Density } from './density'
import { fragmentSource, vertexSource } from './point-shaders'

const kStride = 12
const kTileSize = 512
const kMinPx = 5
const kMaxPx = 24
/** Below this size a heading cannot be seen: dots. */
const kDotPx = 7
/** Diameter of a marker as a share of the mean distance between neighbours. */
const kShare = 0.8

export interface PointSource {
  readonly store: VehicleStore
  readonly limits: Limits
  nowMs(): number
}

export class PointLayer implements CustomLayerInterface {
  readonly id = 'vehicles'
  readonly type = 'custom' as const
  private map: MapLibre | null = null
  private gl: WebGL2RenderingContext | null = null
  private program: WebGLProgram | null = null
  private vao: WebGLVertexArrayObject | null = null
  private buffer: WebGLBuffer | null = null
  private uniforms: Record<string, WebGLUniformLocation | null> = {}
  private data = new ArrayBuffer(0)
  private count = 0
  private origin = { x: 0.5, y: 0.5 }
  private dirty = true
  private sizePx = kMaxPx
  private visible: Uint32Array | null = null
  private selected = -1
  private allSilent = false

  constructor(
    private readonly source: PointSource,
    private palette: MarkerPalette,
  ) {}

  /** Something that decides what is drawn where has changed. */
  invalidate(): void {
    this.dirty = true
    this.map?.triggerRepaint()
  }

  setPalette(palette: MarkerPalette): void {
    this.palette = palette
    this.invalidate()
  }

  /** Slots to draw; null = all. */
  setVisible(rows: Uint32Array | null): void {
    this.visible = rows
    this.invalidate()
  }

  setSelected(slot: number): void {
    this.selected = slot
    this.invalidate()
  }

  /** Without a connection nothing is known to be current: everything is drawn as silent. */
  setAllSilent(silent: boolean): void {
    if (this.allSilent === silent) return
    this.allSilent = silent
    this.invalidate()
  }

  /** Slots that are drawn now; null = all. */
  drawn(): Uint32Array | null {
    return this.visible
  }

  /** Diameter of a marker in CSS pixels, as last drawn. */
  markerPx(): number {
    return this.sizePx
  }

  onAdd(map: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    if (!(gl instanceof WebGL2RenderingContext)) throw new Error('WebGL 2 is needed')
    this.map = map
    this.gl = gl
    const program = link(gl, vertexSource, fragmentSource)
    this.program = program
    for (const name of ['u_center', 'u_scale', 'u_viewport', 'u_size', 'u_ratio', 'u_colors', 'u_halo', 'u_accent', 'u_ring', 'u_dots']) {
      this.uniforms[name] = gl.getUniformLocation(program, name)
    }
    this.vao = gl.createVertexArray()
    this.buffer = gl.createBuffer()
    gl.bindVertexArray(this.vao)
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    gl.enableVertexAttribArray(0)
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, kStride, 0)
    gl.enableVertexAttribArray(1)
    gl.vertexAttribPointer(1, 2, gl.UNSIGNED_BYTE, false, kStride, 8)
    gl.enableVertexAttribArray(2)
    gl.vertexAttribPointer(2, 1, gl.UNSIGNED_SHORT, true, kStride, 10)
    gl.bindVertexArray(null)
  }

  onRemove(): void {
    const gl = this.gl
    if (!gl) return
    gl.deleteProgram(this.program)
    gl.deleteBuffer(this.buffer)
    gl.deleteVertexArray(this.vao)
    this.gl = null
    this.map = null
  }

  render(): void {
    const { gl, map, program } = this
    if (!gl || !map || !program) return
    const centre = map.getCenter()
    const cx = mercatorX(centre.lng)
    const cy = mercatorY(centre.lat)
    const scale = kTileSize * 2 ** map.getZoom()
    if (this.dirty) this.rebuild(gl, map, cx, cy, scale)
    if (this.count === 0) return

    const canvas = map.getCanvas()
    const ratio = canvas.width / Math.max(1, canvas.clientWidth)
    gl.useProgram(program)
    gl.bindVertexArray(this.vao)
    gl.disable(gl.DEPTH_TEST)
    gl.disable(gl.STENCIL_TEST)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.uniform2f(this.uniforms['u_center']!, wrapX(cx - this.origin.x), cy - this.origin.y)
    gl.uniform1f(this.uniforms['u_scale']!, scale)
    gl.uniform2f(this.uniforms['u_viewport']!, canvas.clientWidth, canvas.clientHeight)
    gl.uniform1f(this.uniforms['u_ratio']!, ratio)
    gl.uniform1f(this.uniforms['u_size']!, this.sizePx)
    gl.uniform1f(this.uniforms['u_dots']!, this.sizePx < kDotPx ? 1 : 0)
    gl.uniform3fv(this.uniforms['u_colors']!, this.palette.classes.flat())
    gl.uniform3fv(this.uniforms['u_halo']!, [...this.palette.halo])
    gl.uniform3fv(this.uniforms['u_accent']!, [...this.palette.accent])
    const last = this.hasSelected ? this.count - 1 : this.count
    gl.uniform1f(this.uniforms['u_ring']!, 0)
    gl.drawArrays(gl.POINTS, 0, last)
    if (this.hasSelected) {
      gl.uniform1f(this.uniforms['u_ring']!, 1)
      gl.uniform1f(this.uniforms['u_size']!, Math.max(12, this.sizePx))
      gl.uniform1f(this.uniforms['u_dots']!, 0)
      gl.drawArrays(gl.POINTS, last, 1)
    }
    gl.bindVertexArray(null)
  }

  private hasSelected = false

  /** Silent vehicles first, so that the others lie on top; the selected one last. */
  private rebuild(gl: WebGL2RenderingContext, map: MapLibre, cx: number, cy: number, scale: number): void {
    this.dirty = false
    const { store, limits } = this.source
    const now = this.source.nowMs()
    this.origin = { x: cx, y: cy }
    const total = this.visible ? this.visible.length : store.size
    if (this.data.byteLength < (total + 1) * kStride) this.data = new ArrayBuffer(Math.ceil((total + 64) * 1.25) * kStride)
    const floats = new Float32Array(this.data)
    const bytes = new Uint8Array(this.data)
    const shorts = new Uint16Array(this.data)
    const canvas = map.getCanvas()
    const halfW = canvas.clientWidth / 2 / scale
    const halfH = canvas.clientHeight / 2 / scale
    const density = new Density(canvas.clientWidth, canvas.clientHeight)
    let n = 0
    let selectedAt = -1
    const put = (slot: number, at: number, speedClass: number) => {
      const dx = wrapX(store.x[slot]! - cx)
      const dy = store.y[slot]! - cy
      if (dx > -halfW && dx < halfW && dy > -halfH && dy < halfH) density.add((dx + halfW) * scale, (dy + halfH) * scale)
      floats[at * 3] = dx
      floats[at * 3 + 1] = dy
      bytes[at * kStride + 8] = speedClass
      const pointed = (store.flags[slot]! & kFlagMoving) !== 0 && store.heading[slot] !== kNoU16
      bytes[at * kStride + 9] = speedClass === kSilent ? 2 : pointed ? 1 : 0
      shorts[at * 6 + 5] = store.heading[slot] === kNoU16 ? 0 : Math.round((store.heading[slot]! / 36000) * 65535)
    }
    for (const wantSilent of [true, false]) {
      for (let i = 0; i < total; i++) {
        const slot = this.visible ? this.visible[i]! : i
        if (!store.hasPosition(slot) || slot === this.selected) continue
        const speedClass = this.allSilent ? kSilent : store.speedClass(slot, now, limits)
        if ((speedClass === kSilent) !== wantSilent) continue
        put(slot, n++, speedClass)
      }
    }
    if (this.selected >= 0 && this.selected < store.size && store.hasPosition(this.selected)) {
      selectedAt = n
      put(this.selected, n++, this.allSilent ? kSilent : store.speedClass(this.selected, now, limits))
    }
    this.hasSelected = selectedAt >= 0
    this.count = n
    this.sizePx = Math.max(kMinPx, Math.min(byZoom(map.getZoom()), kShare * density.apart()))
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    gl.bufferData(gl.ARRAY_BUFFER, bytes.subarray(0, n * kStride), gl.DYNAMIC_DRAW)
  }
}

function byZoom(zoom: number): number {
  return Math.max(kMinPx, Math.min(kMaxPx, 8 + (zoom - 4) * 1.6))
}

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind)
    if (!shader) throw new Error('the graphics context is lost')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getShaderInfoLog(shader) ?? 'shader does not compile')
    }
    gl.attachShader(program, shader)
    gl.deleteShader(shader)
  }
  gl.bindAttribLocation(program, 0, 'a_offset')
  gl.bindAttribLocation(program, 1, 'a_kind')
  gl.bindAttribLocation(program, 2, 'a_heading')
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(program) ?? 'program does not link')
  }
  return program
}
