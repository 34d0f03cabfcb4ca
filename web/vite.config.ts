// SPDX-License-Identifier: Apache-2.0
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const api = process.env.FLEET_API ?? 'http://127.0.0.1:8501'

export default defineConfig({
  plugins: [react()],
  base: '/',
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // A data: URL would need a wider Content-Security-Policy than 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: api, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
