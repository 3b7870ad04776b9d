// Both languages at once, for programs that run in node: see build.mjs.
import { en } from './en.ts'
import { know } from './words.ts'
import { zh } from './zh.ts'

know('zh-CN', zh)
know('en', en)
