// Builds the pages into dist/, or bundles and runs what node runs: unit tests, browser tests, a program.
//   node build.mjs                      dist/index.html and dist/assets/*, each with its .gz and .br
//   node build.mjs --run DIR [file…]    every DIR/*.test.ts by node's test runner
//   node build.mjs --main FILE [arg…]   one program
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = dirname(fileURLToPath(import.meta.url))
process.chdir(root)
const [mode, what, ...rest] = process.argv.slice(2)

if (mode === '--run') await test(what, rest)
else if (mode === '--main') run(await forNode([what]), rest)
else await pages()

async function pages() {
  for (const name of readdirSync('dist')) if (name !== 'README') rmSync(join('dist', name), { recursive: true })
  const { metafile } = await build({
    entryPoints: { app: 'app/main.tsx', look: 'look/app.css', icon: 'look/icon.svg' },
    outdir: 'dist/assets', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]',
    bundle: true, splitting: true, format: 'esm', minify: true, metafile: true,
    target: 'chrome109', jsx: 'automatic', jsxImportSource: 'preact', loader: { '.svg': 'copy' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const built = Object.keys(metafile.outputs).map(path => basename(path))
  const name = (start, end) => built.find(file => file.startsWith(start + '-') && file.endsWith(end))
  const html = readFileSync('app/index.html', 'utf8').replace(/\{\{(\w+)(\.\w+)\}\}/g, (_, n, e) => '/assets/' + name(n, e))
  writeFileSync('dist/index.html', html)
  for (const file of ['index.html', ...built.map(file => 'assets/' + file)]) {
    const bytes = readFileSync(join('dist', file))
    const gz = gzipSync(bytes, { level: 9 })
    writeFileSync(join('dist', file + '.gz'), gz)
    writeFileSync(join('dist', file + '.br'), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
    console.log(`${file.padEnd(32)} ${String(bytes.length).padStart(8)} B ${String(gz.length).padStart(8)} B gzip`)
  }
}

async function forNode(entryPoints) {
  mkdirSync('.out', { recursive: true })
  const { metafile } = await build({
    entryPoints, outdir: '.out', outbase: '.', outExtension: { '.js': '.mjs' },
    bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', metafile: true,
    jsx: 'automatic', jsxImportSource: 'preact', sourcemap: 'inline', logLevel: 'warning',
  })
  return Object.keys(metafile.outputs)
}

async function test(dir, only) {
  const files = readdirSync(dir).filter(f => /\.test\.tsx?$/.test(f)).filter(f => !only.length || only.some(o => f.startsWith(o)))
  run(['--test', '--test-reporter=spec', ...await forNode(files.map(f => join(dir, f)))], [])
}

function run(files, args) {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', ...files, ...args], { stdio: 'inherit' })
  process.exit(status ?? 1)
}
