import { defineConfig } from 'vitest/config'

const shell = (name: string) => new URL(name, import.meta.url).pathname

export default defineConfig({
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // No data: URIs, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: {
      input: {
        'citizen-ka': shell('citizen/ka.html'),
        'citizen-en': shell('citizen/en.html'),
        'operator-ka': shell('operator/ka.html'),
        'operator-en': shell('operator/en.html'),
      },
    },
  },
  css: { preprocessorOptions: { scss: { loadPaths: ['node_modules'], quietDeps: true } } },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
})
