// The mock server as a program: node build.mjs --main test/mock.ts [port]. Prints its logins as one JSON line.
import { serve } from './server.ts'

const { demo } = await serve(Number(process.argv[2] ?? 8099))
console.log(JSON.stringify(demo))
