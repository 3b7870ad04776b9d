
/** Why not: problem details (RFC 9457). code is stable. */
export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, readonly place: string, message: string, readonly body: unknown) { super(message) }
}

/** How calls reach the server: with a key or an access token, or in a page with its session. */
export class Transport {
  constructor(readonly base: string, private readonly key = '', private readonly fetching: typeof fetch = (...a) => fetch(...a)) {}

  async ask(method: string, path: string, given: Record<string, string | undefined>, where: Record<string, string>, body?: BodyInit, kind?: string): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', ...(this.key ? { Authorization: 'Bearer ' + this.key } : { 'X-Casebook': '1' }), ...(kind ? { 'Content-Type': kind } : {}) }
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue
      if (where[name] === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else if (where[name] === 'header') headers[name] = value
      else query.set(name, value)
    }
    const answer = await this.fetching(this.base.replace(/\/$/, '') + path + (query.size ? '?' + query : ''), { method, headers, ...(body === undefined ? {} : { body }) })
    if (answer.ok) return answer
    const text = await answer.text()
    let why: { code?: string; error?: string; place?: string; detail?: string; error_description?: string } = {}
    try { why = JSON.parse(text) as typeof why } catch { /* not ours: a proxy's */ }
    throw new Refusal(answer.status, why.code ?? why.error ?? '', why.place ?? '', why.detail ?? why.error_description ?? text.slice(0, 200), why)
  }

  async call<T>(method: string, path: string, given: Record<string, string | undefined>, where: Record<string, string>, body?: BodyInit, kind?: string): Promise<T> {
    const answer = await this.ask(method, path, given, where, body, kind)
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }
}

/** A client of the server at base, with an access token that a key is exchanged for (OAuth 2.0 client credentials). */
export async function withKey(base: string, clientId: string, key: string): Promise<Casebook> {
  const { access_token } = await new Casebook(base).authPostToken({ grant_type: 'client_credentials', client_id: clientId, client_secret: key })
  return new Casebook(base, access_token)
}
