// SPDX-License-Identifier: Apache-2.0
// Files that the reader takes away: text, and a chart as a picture with its title and legend.

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has the blob by then; a minute is far more than it needs.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export interface Picture {
  title: string
  subtitle: string
  names: readonly { name: string; colour: string; dash: readonly number[] }[]
}

const kHead = 44
const kRow = 20
const kPad = 16

/** The chart as it is on the screen, on the page's own ground, with words that the chart alone does not have. */
export function pictureOf(chart: HTMLCanvasElement, { title, subtitle, names }: Picture): Promise<Blob> {
  const ratio = devicePixelRatio
  const width = chart.width / ratio
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(name).trim()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) return Promise.reject(new Error('no canvas'))
  const font = (weight: number, px: number) => `${weight} ${px}px Inter, system-ui, sans-serif`
  context.font = font(500, 12)
  const rows: { x: number; y: number; at: number }[] = []
  let x = kPad
  let y = 0
  names.forEach(({ name }, at) => {
    const needed = context.measureText(name).width + 46
    if (x + needed > width - kPad && x > kPad) {
      x = kPad
      y += kRow
    }
    rows.push({ x, y, at })
    x += needed
  })
  const foot = names.length === 0 ? kPad : y + kRow + kPad
  canvas.width = chart.width
  canvas.height = chart.height + (kHead + foot) * ratio
  context.scale(ratio, ratio)
  context.fillStyle = token('--panel')
  context.fillRect(0, 0, width, canvas.height / ratio)
  context.textBaseline = 'alphabetic'
  context.fillStyle = token('--tx')
  context.font = font(600, 14)
  context.fillText(title, kPad, 20)
  context.fillStyle = token('--tx-2')
  context.font = font(400, 12)
  context.fillText(subtitle, kPad, 37)
  context.drawImage(chart, 0, kHead, width, chart.height / ratio)
  const top = kHead + chart.height / ratio + kRow / 2 + 2
  context.font = font(500, 12)
  for (const row of rows) {
    const { name, colour, dash } = names[row.at]!
    context.strokeStyle = token(colour)
    context.lineWidth = 2.5
    context.setLineDash([...dash])
    context.beginPath()
    context.moveTo(row.x, top + row.y)
    context.lineTo(row.x + 20, top + row.y)
    context.stroke()
    context.fillStyle = token('--tx')
    context.fillText(name, row.x + 26, top + row.y + 4)
  }
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'))
}
