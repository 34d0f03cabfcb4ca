// SPDX-License-Identifier: Apache-2.0
// The browser tests live with the other tests of the whole (../tests/e2e) and use this folder's packages.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('../tests/e2e'),
  server: { fs: { allow: [here('..')] } },
  resolve: {
    alias: { 'playwright-core': here('node_modules/playwright-core/index.mjs') },
  },
  test: { include: ['**/*.test.ts'], environment: 'node', testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false, maxWorkers: 1 },
})
