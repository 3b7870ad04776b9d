// What the phone keeps: IndexedDB, everything about the patient encrypted (AES-GCM) under a key by chance, which the patient's
// PIN opens (PBKDF2). A record is taken away only in the transaction that stores its receipt.
export type Sealed = { id: string; seq: number; box: Box; refused?: { code: string; limit?: number } }
export type Receipt = { id: string; receipt: string; at: string; code?: string; late?: boolean }
export type Box = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer }
/** box is the identity under the key that everything has; opens is that key under the PIN. Without it the phone is of before: the PIN itself, in 310,000 rounds, is the key. */
type Lock = { salt: Uint8Array<ArrayBuffer>; box: Box; rounds?: number; opens?: Box }

const ask = <T>(r: IDBRequest<T>) => new Promise<T>((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error) })
const finished = (tx: IDBTransaction) => new Promise<void>((ok, no) => { tx.oncomplete = () => ok(); tx.onabort = tx.onerror = () => no(tx.error) })

let db: Promise<IDBDatabase> | undefined
const open = () => db ??= new Promise((ok, no) => {
  const r = indexedDB.open('casebook-patient', 1)
  r.onupgradeneeded = () => { r.result.createObjectStore('meta'); r.result.createObjectStore('records', { keyPath: 'id' }); r.result.createObjectStore('receipts', { keyPath: 'id' }) }
  r.onsuccess = () => ok(r.result)
  r.onerror = () => no(r.error)
})

async function write(stores: string[], fn: (tx: IDBTransaction) => void) {
  const tx = (await open()).transaction(stores, 'readwrite', { durability: 'strict' })
  const end = finished(tx)
  fn(tx)
  await end
}
const get = async <T>(key: string) => ask((await open()).transaction('meta').objectStore('meta').get(key)) as Promise<T | undefined>

let key: CryptoKey | undefined
/** Rounds of PBKDF2 with HMAC-SHA-256, as many as OWASP's Password Storage Cheat Sheet asks for. */
const rounds = 600_000
async function derive(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number) {
  const raw = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, raw, 256))
}
const keyOf = (raw: Uint8Array<ArrayBuffer>) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
async function lockUp(raw: Uint8Array<ArrayBuffer>, pin: string): Promise<Omit<Lock, 'box'>> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  return { salt, rounds, opens: await seal([...raw], await keyOf(await derive(pin, salt, rounds))) }
}
async function seal(v: unknown, k = key!): Promise<Box> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, k, new TextEncoder().encode(JSON.stringify(v))) }
}
async function unseal<T>(box: Box, k = key!): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: box.iv }, k, box.data))) as T
}

export type Identity = { study: string; subject: string; device: string; token: string }

export const enrolled = async () => await get<Lock>('lock') !== undefined
export const unlocked = () => key !== undefined
export function forget() { key = undefined }

/** What this browser keeps of itself, whoever enrols on it: only its digest reaches a study. */
export function phone(): string {
  const kept = localStorage.getItem('casebook.phone') ?? newID()
  localStorage.setItem('casebook.phone', kept)
  return kept
}

/** Keeps the phone's identity under a new PIN. */
export async function enrol(identity: Identity, pin: string) {
  const raw = crypto.getRandomValues(new Uint8Array(32))
  key = await keyOf(raw)
  const lock: Lock = { ...await lockUp(raw, pin), box: await seal(identity) }
  await write(['meta', 'records', 'receipts'], tx => {
    for (const name of ['records', 'receipts']) tx.objectStore(name).clear()
    const meta = tx.objectStore('meta')
    meta.clear()
    meta.put(lock, 'lock')
  })
}

/** Opens what is kept, or returns nothing when the PIN is wrong. A phone of before gets as many rounds as new ones; its key stays, so what it sealed stays readable, in another tab, too. */
export async function unlock(pin: string): Promise<Identity | undefined> {
  const lock = (await get<Lock>('lock'))!
  let raw = await derive(pin, lock.salt, lock.rounds ?? 310_000), identity: Identity
  try {
    if (lock.opens) raw = new Uint8Array(await unseal<number[]>(lock.opens, await keyOf(raw)))
    const k = await keyOf(raw)
    identity = await unseal<Identity>(lock.box, k)
    key = k
  } catch { return undefined }
  if (!lock.opens) {
    const anew: Lock = { ...await lockUp(raw, pin), box: lock.box }
    await write(['meta'], tx => tx.objectStore('meta').put(anew, 'lock'))
  }
  return identity
}

export async function load<T>(name: string): Promise<T | undefined> {
  const box = await get<Box>(name)
  return box && unseal<T>(box)
}
export async function save(name: string, v: unknown) {
  const box = await seal(v)
  await write(['meta'], tx => tx.objectStore('meta').put(box, name))
}

export type Chain = { seq: number; previous: string }
export const chain = async (): Promise<Chain> => await get<Chain>('chain') ?? { seq: 0, previous: '' }

/** Turns the open record into one to be sent. make gives its text for the next number; one tab after the other does so. */
export const submit = (id: string, make: (next: Chain) => string) => navigator.locks.request('casebook-seal', async () => {
  const last = await chain()
  if (await ask((await open()).transaction('records').objectStore('records').get(id))) return // another tab was faster
  const text = make({ seq: last.seq + 1, previous: last.previous })
  const box = await seal(text)
  const hash = await sha(text)
  await write(['meta', 'records'], tx => {
    tx.objectStore('records').put({ id, seq: last.seq + 1, box } satisfies Sealed)
    tx.objectStore('meta').put({ seq: last.seq + 1, previous: hash } satisfies Chain, 'chain')
    tx.objectStore('meta').delete('open')
  })
})

export const records = async () => (await ask((await open()).transaction('records').objectStore('records').getAll()) as Sealed[]).sort((a, b) => a.seq - b.seq)
export const receipts = async () => await ask((await open()).transaction('receipts').objectStore('receipts').getAll()) as Receipt[]
export const textOf = (r: Sealed) => unseal<string>(r.box)

/** Stores a receipt and lets its record go, both or neither. */
export const arrived = (r: Receipt) => write(['records', 'receipts'], tx => { tx.objectStore('receipts').put(r); tx.objectStore('records').delete(r.id) })
export const refuse = (r: Sealed) => write(['records'], tx => tx.objectStore('records').put(r))

const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map(x => x.toString(16).padStart(2, '0')).join('')
export const sha = async (text: string) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))

/** The receipt that a record must get (docs/format/epro.md). */
export async function receiptOf(study: string, id: string, text: string): Promise<string> {
  const parts: number[] = []
  for (const s of ['casebook epro 1', study, text]) {
    const bytes = new TextEncoder().encode(s)
    let n = bytes.length
    while (n > 127) { parts.push(n & 127 | 128); n = Math.floor(n / 128) }
    parts.push(n)
    for (const b of bytes) parts.push(b)
  }
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(parts)))
  return id + '.' + btoa(String.fromCharCode(...sum.slice(0, 16))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

/** A UUID of version 7 (RFC 9562). */
export function newID(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  let ms = Date.now()
  for (let i = 5; i >= 0; i--) { b[i] = ms % 256; ms = Math.floor(ms / 256) }
  b[6] = b[6]! & 15 | 112
  b[8] = b[8]! & 63 | 128
  return hex(b.buffer).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
