// Builds the pages into dist/, or bundles and runs what node runs: unit tests, browser tests, a program.
//   node build.mjs                      dist/index.html, dist/p/* and dist/assets/*, each with its .gz and .br
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

const options = {
  outdir: 'dist/assets', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', bundle: true, format: 'esm', minify: true, metafile: true,
  target: 'chrome109', jsx: 'automatic', jsxImportSource: 'preact', loader: { '.svg': 'copy' }, define: { 'process.env.NODE_ENV': '"production"' },
}

/** The most that a phone has to fetch, gzipped, in all. */
const patientLimit = 40 * 1024

if (mode === '--run') await test(what, rest)
else if (mode === '--main') run(await forNode([what]), rest)
else await pages()

async function pages() {
  for (const name of readdirSync('dist')) if (name !== 'README') rmSync(join('dist', name), { recursive: true })
  const { metafile } = await build({
    entryPoints: { app: 'app/main.tsx', look: 'look/app.css', icon: 'look/icon.svg' },
    ...options, splitting: true, charset: 'utf8',
  })
  // The patients' pages are a bundle of their own. What is seldom needed is a file apart, which the worker keeps, too: a
  // phone has all of it or nothing.
  const patient = await build({ entryPoints: { patient: 'patient/main.tsx', patientlook: 'patient/patient.css' }, ...options, splitting: true, chunkNames: 'phone-[name]-[hash]' })
  const phoneFiles = Object.keys(patient.metafile.outputs).map(path => '/assets/' + basename(path))
  const built = [...Object.keys(metafile.outputs), ...Object.keys(patient.metafile.outputs)].map(path => basename(path))
  const name = (start, end) => built.find(file => file.startsWith(start + '-') && file.endsWith(end))
  const filled = file => readFileSync(file, 'utf8').replace(/\{\{(\w+)(\.\w+)\}\}/g, (_, n, e) => '/assets/' + name(n, e))
  writeFileSync('dist/index.html', filled('app/index.html'))
  mkdirSync('dist/p', { recursive: true })
  writeFileSync('dist/p/index.html', filled('patient/index.html'))
  const icon = '/assets/' + name('icon', '.svg')
  const kept = ['/p/', '/p/manifest.webmanifest', ...phoneFiles, icon]
  writeFileSync('dist/p/sw.js', readFileSync('patient/sw.js', 'utf8').replace('/*FILES*/[]', JSON.stringify(kept)))
  writeFileSync('dist/p/manifest.webmanifest', JSON.stringify({ name: '患者日记 · Patient diary', short_name: '日记 Diary', id: '/p/', start_url: '/p/', scope: '/p/', display: 'standalone',
    background_color: '#f6f6f3', theme_color: '#f6f6f3', icons: [{ src: icon, sizes: 'any', type: 'image/svg+xml', purpose: 'any maskable' }] }))
  let phone = 0
  for (const file of ['index.html', 'p/index.html', 'p/sw.js', 'p/manifest.webmanifest', ...built.map(file => 'assets/' + file)]) {
    const bytes = readFileSync(join('dist', file))
    const gz = gzipSync(bytes, { level: 9 })
    writeFileSync(join('dist', file + '.gz'), gz)
    writeFileSync(join('dist', file + '.br'), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
    console.log(`${file.padEnd(32)} ${String(bytes.length).padStart(8)} B ${String(gz.length).padStart(8)} B gzip`)
    if (kept.includes('/' + file.replace(/index\.html$/, '')) || file === 'p/sw.js') phone += gz.length
  }
  console.log(`a phone fetches ${phone} B gzip`)
  if (phone > patientLimit) throw new Error(`the patients' pages are ${phone} B, more than ${patientLimit}`)
}

async function forNode(entryPoints) {
  mkdirSync('.out', { recursive: true })
  const { metafile } = await build({
    entryPoints, outdir: '.out', outbase: '.', outExtension: { '.js': '.mjs' }, inject: ['words/both.ts'],
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
