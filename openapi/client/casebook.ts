// Code generated from openapi/openapi.json; DO NOT EDIT.
// One file, as the document is one: every operation of the API and every type that it speaks of.

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

/** Why not: problem details (RFC 9457). */
export type Problem = {
  code: string // Stable; what programs decide by.
  detail: string // In the caller's language.
  place?: string // Where: a JSON pointer (RFC 6901), a parameter or an item.
  status: number
  texts: Record<string, string> // The detail by language.
  title: string
  traceId?: string
  type: string // urn:casebook:error: and the code.
}

/** Covered is a rule with the outcomes that were seen. */
export type AcceptanceCovered = {
  cases: number // that evaluate it
  false: boolean
  id: string
  kind: string // as of record.Running: hide, compute or check
  source: string
  true: boolean
  unknown: boolean
  value: boolean // of a method: it gave one
}

/** Failure is what was otherwise than a case expects. */
export type AcceptanceFailure = {
  case: string
  file: string
  line: number
  what: string
}

/** Report is what cases say of a version: whether it does what they expect, which of its rules they reach, and which mistakes in its rules they would not notice. */
export type AcceptanceReport = {
  cases: number
  covered: number // rules of which every outcome was seen
  failures: AcceptanceFailure[]
  kept: number // rules of the definition that do not run, and that no case can reach
  mutants: number
  passed: number
  rules: AcceptanceCovered[]
  survivors: AcceptanceSurvivor[]
}

/** Survivor is a mistake in a rule that no case notices. */
export type AcceptanceSurvivor = {
  id: string
  kind: string
  source: string
  was: string
  what: string
}

/** Arm is a treatment, and how often a block has it beside the others. */
export type AllocationArm = {
  ratio: number
  treatment: string
}

/** Arm is a treatment, and how often a block has it beside the others. */
export type AllocationArmInput = {
  ratio?: number
  treatment?: string
}

/** Assignment is the place that a subject has. What it gives stands in the sealed list. */
export type AllocationAssignment = {
  at: string
  by: string
  list: string
  number: string
  position: number // in its stratum, from 1
  site: string // where it was when it was randomised
  stratum: string
  subject: string
}

/** Condition must hold of a subject who is randomised: the item has one of the values. */
export type AllocationCondition = {
  event: string
  form: string
  group: string
  item: string
  values: string[]
}

/** Condition must hold of a subject who is randomised: the item has one of the values. */
export type AllocationConditionInput = {
  event?: string
  form?: string
  group?: string
  item?: string
  values?: string[]
}

/** Contents is what a list gives: nobody blinded ever sees it. */
export type AllocationContents = {
  arms: AllocationArm[]
  blocks: number[] // none of a list that was brought
  numbers: Record<string, string[]> // by stratum, the numbers of its places
  seed: string // "" of a list that was brought
  strata: Record<string, string> // by stratum, one digit for each place: the index of its arm
}

/** Factor is what a list is stratified by: the value of an item, or the site. */
export type AllocationFactor = {
  event: string
  form: string
  group: string
  item: string
  levels: string[] // the values that there are places for
  name: string
  site?: boolean
}

/** Factor is what a list is stratified by: the value of an item, or the site. */
export type AllocationFactorInput = {
  event?: string
  form?: string
  group?: string
  item?: string
  levels?: string[] // the values that there are places for
  name?: string
  site?: boolean
}

/** Given is what a subject's casebook says of one factor or condition. */
export type AllocationGiven = {
  event: string
  fits: boolean
  form: string
  group: string
  item: string
  name: string
  site?: boolean
  value: string
}

/** List is a list as everybody may know it. */
export type AllocationList = {
  closing?: string // why it was closed
  drawn: boolean // by lot, and not brought
  factors: AllocationFactor[]
  list: string
  madeAt: string
  madeBy: string
  name: string
  released?: AllocationSignature
  require: AllocationCondition[]
  state: string
}

/** Plan asks for a list: one drawn by lot, or the one that CSV holds. */
export type AllocationPlanInput = {
  arms?: AllocationArmInput[]
  blocks?: number[] // lengths of blocks, from which each is drawn by lot
  csv?: string
  factors?: AllocationFactorInput[]
  name?: string
  places?: number // in each stratum, at least
  require?: AllocationConditionInput[]
  seed?: string // "" to have one drawn
}

/** Signature is who released a list, or opened a treatment (21 CFR 11.50, 11.70). */
export type AllocationSignature = {
  at: string
  content: string // SHA-256, in hex, of what was signed
  meaning: string
  name: string // as printed
  role: string
  root: string // of the tree over them, in hex
  signer: string
  size: number // entries in the study's order when it was signed
}

/** Unblinding is one look at one subject's treatment. It does not say what was seen. Text is sealed: who looks a second time might write it there. */
export type AllocationUnblinding = {
  reason: string
  signature: AllocationSignature
  site: string // of the subject at that moment
  subject: string
  text: string
  unblinding: string
}

/** may says what the reader can do. */
export type AllocationMay = {
  randomise: boolean
  treatment: boolean // sees what is given
  unblind: boolean
}

/** opened is a list with what is sealed, and who has its places. */
export type AllocationOpened = {
  closing?: string // why it was closed
  contents: AllocationContents
  drawn: boolean // by lot, and not brought
  factors: AllocationFactor[]
  list: string
  madeAt: string
  madeBy: string
  name: string
  released?: AllocationSignature
  require: AllocationCondition[]
  state: string
  subjects: AllocationAssignment[]
  unblindings: AllocationUnblinding[] // with their texts
}

/** revealed is a treatment, for whoever has just had it opened. */
export type AllocationRevealed = {
  number: string
  subject: string
  treatment: string
  unblinding: string
}

/** seen is a look as everybody who may see the subject may know it. */
export type AllocationSeen = {
  at: string
  by: string
  name: string // as the signature prints it
  reason: string
  role: string
}

/** standing is a subject as everybody who may see it may know it: randomised or not, and what is still lacking. */
export type AllocationStanding = {
  assignment?: AllocationAssignment
  given: AllocationGiven[] // what the list in use asks of the subject
  lacks?: string // the code of why it cannot be randomised
  may: AllocationMay
  randomised: boolean
  subject: string
  unblinded: AllocationSeen[] // who had the treatment opened, and when
}

/** Standing is how far a site is on its way to a version. */
export type AmendmentStanding = {
  before?: number // that it worked by before; 0 when it has never gone over
  behind: number // of them, those that have not gone over
  casebooks: number // with values
  site: string
  to: number // that is asked about
  version: number // that the site works by
}

/** batch is what becomes of some casebooks; none when nothing is behind. */
export type AmendmentBatch = {
  casebooks: (RecordMoved | null)[]
}

/** Grant is a role that somebody has in a study, at one site or, when Site is "", at all. The study of an administrator's grant is casebook.Platform. */
export type AuthGrant = {
  role: string
  site: string
  study: string
}

/** Grant is a role that somebody has in a study, at one site or, when Site is "", at all. The study of an administrator's grant is casebook.Platform. */
export type AuthGrantInput = {
  role?: string
  site?: string
  study?: string
}

/** Held is a role as one person holds it. */
export type AuthHeld = {
  role: string
  site: string
  study: string
  user: string
}

/** Held is a role as one person holds it. */
export type AuthHeldInput = {
  role?: string
  site?: string
  study?: string
  user?: string
}

/** Key is one key of a client; its secret is kept nowhere. */
export type AuthKey = {
  created: string
  expires?: string
  id: string
  prefix: string // how the key begins
  revoked?: string
}

/** Member is a person with what they may do, for who manages access. */
export type AuthMember = {
  active: boolean
  created: string
  factor: boolean
  grants: AuthGrant[]
  invited: boolean // and the link is still good
  name: string
  nameZh?: string
  password: boolean // has chosen one
  seen?: string // in a session that is open
  support?: AuthSupport[] // that has not ended
  user: string
}

/** Offer is a new secret for somebody's authenticator. It is kept only when it comes back with a code that fits. */
export type AuthOffer = {
  qr: string[] // the same as a QR code, row by row: 1 is dark
  secret: string // base32
  uri: string // for the authenticator's camera: Google's key URI format
}

/** Passkey is one of a person's passkeys, as its owner sees it. */
export type AuthPasskey = {
  created: string
  id: string // the credential's
  name: string
  used?: string
}

/** PasswordRules are what an organisation asks of passwords beyond what everybody is asked. The zero value asks nothing more, as ASVS 5.0, V6.2 advises; some regulators want kinds and ages (GB/T 22239-2019, 8.1.4.1). */
export type AuthPasswordRules = {
  common?: string // Common names a file with more passwords that are refused, one a line.
  days?: number // after so many a password opens nothing but the page where another is chosen
  kinds?: number // of four at least: small letters or such without case, capitals, digits, other characters
  length?: number // characters at least, 12 unless set, and never fewer
  past?: number // so many passwords before the last are not taken again
  words?: string[] // Words are names that everybody knows there: the organisation's, its projects'. No password is made of them.
}

/** Program is a client: another program, with what it may do and its keys. Its id is "STUDY.ID", which OAuth calls client_id. */
export type AuthProgram = {
  id: string
  keys: AuthKey[] // the oldest first
  name: string
  networks: string[] // CIDR; none for any
  scopes: string[]
  sites: string[] // none for all
  study: string
  user: string // as entries of the ledger call it
}

/** Review is somebody's signed word that they looked at who may do what, and what they took back. */
export type AuthReview = {
  at: string
  content: string // SHA-256 over what was reviewed
  grants: number // that they held
  name: string // as the signature prints it
  note: string
  number: number
  people: number // with an open account
  revoked: AuthHeld[]
  user: string
}

/** Support lets a person who has no part in a study look into it for a time, so that they can help: reading, and nothing that tells who a subject is. It ends by itself. */
export type AuthSupport = {
  by: string
  reason: string
  study: string
  until: string
}

/** creation is what a browser is asked for when a passkey is to be made: PublicKeyCredentialCreationOptionsJSON (section 5.1.9). */
export type AuthCreation = {
  attestation: string
  authenticatorSelection: {
    residentKey: string
    userVerification: string
  }
  challenge: string
  excludeCredentials: AuthCredentialName[]
  pubKeyCredParams: AuthParameter[]
  rp: {
    id: string
    name: string
  }
  timeout: number // ms
  user: {
    displayName: string
    id: string
    name: string
  }
}

/** credentialName names a passkey to a browser. */
export type AuthCredentialName = {
  id: string
  type: string
}

/** granted is a token answer (RFC 6749, section 5.1). */
export type AuthGranted = {
  access_token: string
  expires_in: number
  scope: string
  token_type: string
}

/** link is how a person gets to choose a password. It is shown once: the token is kept nowhere, and stands behind #, which no log sees. */
export type AuthLink = {
  expires: string
  path: string
  user: string
}

/** newKey is a key as it is told once: Key is a bearer token, and the client_secret of OAuth. */
export type AuthNewKey = {
  client: string
  key: string
}

/** oauthError is an error answer (RFC 6749, section 5.2). */
export type AuthOauthError = {
  error: string
  error_description: string
}

/** opened is one of a person's sessions, as its owner sees it. Its id tells nobody the secret: it is the beginning of the secret's hash. */
export type AuthOpened = {
  address: string
  agent: string
  here: boolean // the one that asks
  id: string
  seen: string
  since: string
}

export type AuthParameter = {
  alg: number
  type: string
}

/** session is what a person is told about their own session. */
export type AuthSession = {
  idle: number // seconds without use after which the session ends
  passkey?: boolean // has one, which proves who signs
  platform?: string[] // roles that belong to no study
  proof?: string // the provider that proves who signs, for who has no password here
  stale?: boolean // the password is too old: another is wanted before anything may be done
  studies: AuthStudyRoles[]
  unproven?: boolean // a second factor is wanted before anything may be done
  user: {
    id: string
    locale: string
    name: string
    nameZh?: string
  }
}

export type AuthSiteRole = {
  role: string
  site: string // "" for every site
}

export type AuthStudyRoles = {
  id: string
  roles: AuthSiteRole[]
}

/** use is what a browser is asked for when a passkey is to be used: PublicKeyCredentialRequestOptionsJSON (section 5.10). */
export type AuthUse = {
  allowCredentials?: AuthCredentialName[]
  challenge: string
  rpId: string
  timeout: number // ms
  userVerification: string
}

/** Asked is a blinded item with what may answer it, by the newest version. */
export type BlindedAsked = {
  choices?: OdmCodeItem[]
  event: string
  form: string
  group: string
  item: string
  name: string
  question?: Record<string, string>
}

/** Said is a value, or why there is none, at its place; neither clears it. */
export type BlindedSaidInput = {
  blank?: string
  event?: string
  eventRepeat?: string
  form?: string
  formRepeat?: string
  group?: string
  item?: string
  repeat?: string
  subject?: string
  value?: string
  version?: number // what was seen before, 0 for nothing
}

/** Value is a value as it was saved once. */
export type BlindedValue = {
  at: string
  blank?: string
  by: string
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  group: string
  item: string
  reason?: string // of the change
  repeat: string
  subject: string
  value?: string
  version: number // what was seen before, 0 for nothing
}

/** Alias is a text that the study reads as a term. */
export type CodingAlias = {
  by: string // who proposed it
  class?: string
  code: string
  kind: string
  name: string // of the term, as it was called when it was proposed
  state: string
  text: string // plain
}

/** Choice is what a person decides about values. */
export type CodingChoiceInput = {
  class?: string // the ATC code, where the drug has several
  code?: string // of a term; "" takes the code back
  reason?: string // needed where a code is changed or taken back
  remember?: boolean // propose the text as a synonym
  spots?: CodingSpotInput[]
}

/** Code is the term of a value, for those who read its form. Outdated says that the study has left the version. */
export type CodingCode = {
  group: string
  item: string
  kind: string
  outdated?: boolean
  path: CodingLevel[] // the term first
  repeat: string
  source: string
  version: string
}

/** Context is a value beside the one that is coded. */
export type CodingContext = {
  item: string
  value: string
}

/** Dictionary is one version of a dictionary in one language, as its files say it. */
export type CodingDictionary = {
  digest: string // SHA-256, hex, over the terms in the order of their codes
  kind: string
  language: string // BCP 47: en, zh-CN
  terms: number
  version: string
}

/** Item is an item whose values are coded. */
export type CodingItem = {
  context?: string[] // items of the same form that a coder is shown
  item: string
  kind: string
}

/** Item is an item whose values are coded. */
export type CodingItemInput = {
  context?: string[] // items of the same form that a coder is shown
  item?: string
  kind?: string
}

/** Level is one step of the path from a term upwards: llt, pt, hlt, hlgt, soc; or drug, preferred, atc4 … atc1. */
export type CodingLevel = {
  code: string
  level: string
  name: Record<string, string> // in the languages that are loaded
}

/** Shift is a term by which values are coded, and what becomes of it in the other version. */
export type CodingShift = {
  fate: string
  is: CodingLevel[] // nothing where a person must say
  kind: string
  values: number // that are coded by it
  was: CodingLevel[]
}

/** Spot names a value, and the decision about it that the coder saw. */
export type CodingSpotInput = {
  changes?: number // of the decision that was seen; 0 is none
  place?: string
  subject?: string
  verbatim?: string // the text that was seen
}

/** Term is what a text may be coded as. */
export type CodingTerm = {
  code: string
  current: boolean // what is not is kept for old data
  name: string // in one language
  paths: CodingLevel[][] // from the term upwards; the primary one first
}

export type CodingSetting = {
  dictionaries: CodingDictionary[] // that are loaded
  items: CodingItem[]
  versions: Record<string, string>
}

/** text is a text that the sites wrote, with its places. */
export type CodingText = {
  coded: number
  kind: string
  open: number // places that wait
  places: CodingValue[]
  plain: string // as it is compared
  text: string // as it stands at its first place
}

/** value is one place with its code. */
export type CodingValue = {
  asked?: boolean // a query about it stands
  at?: string
  by?: string
  changes: number // of the decision that was seen; 0 is none
  context: CodingContext[]
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  item: string
  path: CodingLevel[]
  place: string
  site: string
  source?: string
  state: string
  subject: string
  verbatim: string // the text that was seen
  version?: string // of the dictionary that it was coded by
}

export type CodingWork = {
  coded: number
  left: number // texts that this answer leaves out
  ready: boolean // somebody has said what is coded
  texts: CodingText[]
  total: number
  versions: Record<string, string>
}

/** Document is a version of what patients agree to. */
export type ConsentDocument = {
  again?: boolean // Again asks who has signed an earlier version to sign this one, too.
  approval?: string // the ethics committee's, with its number and date
  format: string
  questions?: ConsentQuestion[]
  required?: boolean // Required closes the diaries until the document is signed.
  sections: ConsentSection[]
  statement: Record<string, string> // what is signed
  title: Record<string, string>
}

/** Document is a version of what patients agree to. */
export type ConsentDocumentInput = {
  again?: boolean // Again asks who has signed an earlier version to sign this one, too.
  approval?: string // the ethics committee's, with its number and date
  format?: string
  questions?: ConsentQuestionInput[]
  required?: boolean // Required closes the diaries until the document is signed.
  sections?: ConsentSectionInput[]
  statement?: Record<string, string> // what is signed
  title?: Record<string, string>
}

/** Option is a possible answer. */
export type ConsentOption = {
  right?: boolean
  text: Record<string, string>
}

/** Option is a possible answer. */
export type ConsentOptionInput = {
  right?: boolean
  text?: Record<string, string>
}

/** Question asks whether something was understood. Exactly one of its options is right. */
export type ConsentQuestion = {
  options: ConsentOption[]
  text: Record<string, string>
  why: Record<string, string> // is shown after a wrong answer
}

/** Question asks whether something was understood. Exactly one of its options is right. */
export type ConsentQuestionInput = {
  options?: ConsentOptionInput[]
  text?: Record<string, string>
  why?: Record<string, string> // is shown after a wrong answer
}

/** Scan is a picture of the paper. */
export type ConsentScanInput = {
  data?: string // PDF, JPEG or PNG
  name?: string
}

/** Section is a part of the document. */
export type ConsentSection = {
  text: Record<string, string>
  title: Record<string, string>
}

/** Section is a part of the document. */
export type ConsentSectionInput = {
  text?: Record<string, string>
  title?: Record<string, string>
}

/** Cases is a file of acceptance tests (docs/format/acceptance.md). */
export type DefinitionCasesInput = {
  name?: string
  text?: string
}

/** Promotion is a version that was tested in a copy, and becomes one of a production study. */
export type DefinitionPromotionInput = {
  cases?: DefinitionCasesInput[]
  from?: string
  version?: number
  waivers?: TrialWaiverInput[]
}

/** Read is one value that a rule reads. */
export type DefinitionRead = {
  as: string // as the rule writes it, e.g. "prev(IT.SYS)"
  item: string // its OID, or the name of a part of the visit
}

/** Rule is one rule of a definition: as it is written, what it reads, and where it stands. */
export type DefinitionRule = {
  about?: Record<string, string>
  hard?: boolean
  id: string // "IT.SYS#1" for the first check of an item, else the OID of the condition or method
  kind: string // record.Checks, record.Hides or record.Computes
  message?: Record<string, string>
  name?: string
  place: string // as problems and losses name it, e.g. "ItemDef[IT.SYS]/RangeCheck[1]"
  reads: DefinitionRead[]
  source: string // in the rule language; "" when the rule does not run
  stands: DefinitionStand[]
  why?: Record<string, string> // it does not run, by language
  written?: OdmExpression[]
}

/** Stand is where a rule stands: at a thing, within another where a reference carries it. */
export type DefinitionStand = {
  as: string
  in?: string // the OID of what refers to it
  oid: string
  what: string // StudyEventDef, FormDef, ItemGroupDef or ItemDef
}

/** Filing is what is said of a file that is brought. */
export type DocumentFilingInput = {
  expires?: string
  issued?: string
  note?: string
  title?: string
  type?: string // of a new one
  version?: number // of the document as it was seen, 0 for a new one
}

/** Loose is a file that stands in no document: something else in the study names it by its hash and name. */
export type DocumentLoose = {
  hash: string
  media: string
  name: string
  size: number
}

/** Slot is one expected type at a site with how it stands. */
export type DocumentSlot = {
  days?: number // until it expires
  document?: string // the one that decides
  expires?: string
  state: string
  title: Record<string, string>
  type: string
}

/** Type is a kind of document: where it is filed, and what is asked of it. */
export type DocumentType = {
  expires: boolean // a day of expiry must be given
  id: string // zone-number, of our own short list
  site: boolean // each site has its own; otherwise the study has one
  title: Record<string, string>
  usual: boolean // expected where the study says nothing else
}

/** Version is one file with what became of it. */
export type DocumentVersion = {
  accepted?: SiteSignature
  expires?: string
  filedAt: string
  filedBy: string
  hash: string // SHA-256 in hex
  issued?: string
  media: string
  name: string
  note?: string
  refused?: SiteEnd
  size: number
}

/** Zone is a part of the trial master file, numbered as in the CDISC TMF Reference Model. */
export type DocumentZone = {
  number: string
  title: Record<string, string>
}

/** attaching is what is said of a scan that is brought to a form, or to an item of it that has a value. */
export type DocumentAttachingInput = {
  group?: string
  item?: string
  note?: string
  repeat?: string
}

/** may says what the reader can do with it. */
export type DocumentMay = {
  decide: boolean
  file: boolean
}

/** reading is who opened which version, and when. */
export type DocumentReading = {
  at: string
  role: string
  user: string
  version: number
}

export type DocumentRoom = {
  documents: DocumentShown[]
  expected: {
    id: string
    site: string
    types: string[]
    version: number
  }
  shelves: DocumentShelf[] // those that lack most first; the study's own before all
  today: string
  types: DocumentType[]
  zones: DocumentZone[]
}

/** shelf is a site's file, or the study's own, with what is expected in it. */
export type DocumentShelf = {
  file: boolean // the reader may add to it
  have: number // expected and in order
  name?: Record<string, string>
  site: string
  slots: DocumentSlot[]
}

/** shown is a document as the page sees it. */
export type DocumentShown = {
  id: string
  may: DocumentMay
  pending: boolean // the last version waits for a decision
  site: string
  state: string
  title: string
  type: string
  version: number
  versions: DocumentVersion[]
}

/** aside is an inactive part as the pages see it. */
export type EdcAside = {
  at: string
  by: string
  byName: string
  group?: string
  reason: string
  repeat?: string
  values: RecordValue[]
}

export type EdcCell = {
  count: number
  queries: number
  state: string // complete, partial, query, inactive; first, differs: see record.Double
}

export type EdcColumn = {
  event: string
  forms: EdcColumnForm[]
  name: Record<string, string>
  repeating: boolean
}

export type EdcColumnForm = {
  form: string
  name: Record<string, string>
  short: string
}

export type EdcDifference = {
  at: string
  by: string
  byName: string
  changes: number
  event: string
  eventRepeat: string
  file: boolean // old and new are the names of a file that stood there
  form: string
  formRepeat: string
  group: string
  item: string
  new: string
  newBlank: string
  old: string
  oldBlank: string
  reason: string
  repeat: string
  title: Record<string, string>
  visit: Record<string, string>
}

/** double is how far the two entries of a form are, as the pages see it. */
export type EdcDouble = {
  draft?: RecordValue[] // what this person has typed and not handed in
  entries: EdcEnteredBy[] // who entered, and nothing of what
  may: string[] // enter, settle, discard: what this person may do about it now
  splits: EdcSplit[] // what the two say differently, once both are in
  state: string // first: the second is awaited; differs: somebody must choose; "" before the first
}

export type EdcEnteredBy = {
  at: string
  by: string
  byName: string
}

/** finding is one of them; of a visit that is overdue the form is its first. */
export type EdcFinding = {
  days: number // since then
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  since?: string // a day at the site; absent where nobody said the day of the visit
  site: string
  subject: string
  title: Record<string, string>
  visit: Record<string, string>
}

export type EdcFormAnswer = {
  coded?: CodingCode[] // the terms of a dictionary that what is written has now
  computed: string[]
  definition: number // the published version that it is read by
  double?: EdcDouble // of a form that two people enter, until it has values
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  hidden: string[]
  inactive?: EdcAside[] // what was set aside, with the values that it had
  items: EdcItem[]
  normal?: NormalJudged[] // the reference ranges that hold, with the flag of the value that is kept
  queries: EdcQuery[]
  rules?: RecordRules // for the browser to run while somebody types
  site: string
  state: string
  subject: string
  version: number
}

/** item is a value as the pages see it. */
export type EdcItem = {
  at: string
  blank?: string
  by: string
  byName: string
  group: string
  item: string
  repeat: string
  value?: string
}

export type EdcListedVisit = {
  day?: string
  days?: number // outside the window: negative is before it
  event: string
  form: string // the first of the visit, to open it with
  from?: string
  name: Record<string, string>
  provisional?: boolean
  reason?: string // of a skipped one
  repeat: string
  site: string
  state: string
  subject: string
  target?: string
  until?: string
}

export type EdcMarkAnswer = {
  at?: string
  blank?: string
  by?: string
  byName?: string
  group: string
  item: string
  repeat: string
  required: boolean
  state: string // none, verified, changed
  value?: string
}

export type EdcPartOfInput = {
  expect?: string // the digest that the signer saw
  scope?: string
  subject?: string
}

export type EdcPastForm = {
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  items: EdcItem[]
  title: Record<string, string>
  version: number
  visit: Record<string, string>
}

/** pastWaiting is a form that two people were entering, and that had no values yet. */
export type EdcPastWaiting = {
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  since: string
  state: string // first, differs
  title: Record<string, string>
  visit: Record<string, string>
}

/** planned is a visit of one subject with its window, as the pages see it. Days are YYYY-MM-DD by the calendar of the site. */
export type EdcPlanned = {
  day?: string
  days?: number // outside the window: negative is before it
  event: string
  from?: string
  provisional?: boolean
  reason?: string // of a skipped one
  repeat: string
  state: string
  target?: string
  until?: string
}

export type EdcQuery = {
  actions: string[]
  ageDays: number
  assignee?: string
  assigneeName: string
  by?: string // who asked, when a person did
  byName: string
  changedAt: string
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  group: string
  id: string
  item: string
  openedAt: string
  repeat: string
  role?: string // in which role: ODM 2.0's Query/@Source follows from it
  rule?: string // the check, when a check asks
  site: string
  source: string // system or manual: ODM 2.0's Query/@Type
  state: string
  subject: string
  text: Record<string, string>
  thread: EdcTurn[]
  value?: string // the value asked about
}

export type EdcReviewAnswer = {
  kind: string
  marks: EdcMarkAnswer[]
  may: boolean
  need: number
}

export type EdcRow = {
  cells: Record<string, EdcCell> // by "event/form"; what is not here is empty
  expected: Record<string, string> // by "event/form", what conditions of the schedule say: demanded, released
  progress: number // share of the scheduled, mandatory forms that are complete
  site: string
  status: string
  subject: string
  visits: Record<string, EdcPlanned> // by event: those with a window or that are skipped, the most pressing repeat of each
}

export type EdcSignature = {
  at: string
  content: string // SHA-256 over the scope's forms, in hex; see contentOf
  forms: number
  holds: boolean
  id: string
  level: string
  meaning: string
  name: string // as printed
  previous?: string // the signature of this scope that it follows
  role: string
  root: string // of the tree over them, in hex (RFC 6962)
  says: Record<string, string> // its meaning, in words
  scope: string
  signer: string
  site: string
  size: number // entries in the study's order when it was signed
  subject: string
  title: Record<string, string>
  voidAt?: string
  voidRef?: string
  zone: string // IANA, in which the date and time are shown
}

/** siteDaily is the daily report of one site, or of all together. */
export type EdcSiteDaily = {
  ages: number[] // of both, in days: up to 7, 14, 30, more
  answered: number // those that wait for who asked
  called: number
  entry: EdcTaking // days from the visit to the first save
  missing: EdcWaiting
  oldest: number // of both, in days
  open: number // queries that wait for the site
  overdue: EdcWaiting
  partial: EdcWaiting
  sdv: EdcTaking // days from the first save to the last mark of a verification that is done
  site: string // "" is all
  subjects: number
  unverified: EdcWaiting
}

export type EdcSplit = {
  first: RecordValue
  second: RecordValue
}

export type EdcStageAnswer = {
  at: string
  by: string
  byName: string
  level: string
  scope: string
  stage: string
  subject: string // "" for the study
  title: Record<string, string>
}

/** taking is how many days something took: the median and the ninth decile of them, and how many took at most 2, 5 and 10 days, or longer. */
export type EdcTaking = {
  median: number
  n: number
  p90: number
  within: number[]
}

/** template is a question that is asked often, in both languages. */
export type EdcTemplate = {
  id: string
  text: Record<string, string>
}

export type EdcToSign = {
  content: string
  forms: number
  incomplete: string[]
  latest?: EdcSignature
  site: string
  stage: string
  state: string // never, holds, void
  status: string
  subject: string
}

export type EdcTrailChange = {
  computed: boolean
  group: string
  item: string
  new: string
  newBlank: string
  old: string
  oldBlank: string
  repeat: string
}

export type EdcTrailEntry = {
  at: string
  by: string
  byName: string
  changes: EdcTrailChange[] // of saved values; of other verbs Old and New say it
  id: string
  index: number // -1 while it waits for its place
  new?: string
  old?: string
  reason: string
  role: string
  site: string
  subject: string
  trace: string
  what: string
  where: string
}

export type EdcTurn = {
  assignee?: string
  at: string
  by: string
  byName: string
  role: string
  state: string // after the step
  text?: string
}

/** unsettled is a form whose entries are not settled. */
export type EdcUnsettled = {
  draft?: RecordValue[] // what this person has typed and not handed in
  entries: EdcEnteredBy[] // who entered, and nothing of what
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  may: string[] // enter, settle, discard: what this person may do about it now
  site: string
  splits: EdcSplit[] // what the two say differently, once both are in
  state: string // first: the second is awaited; differs: somebody must choose; "" before the first
  subject: string
  title: Record<string, string>
  visit: Record<string, string>
}

export type EdcVisit = {
  event: string
  expected?: string // Expected is what conditions of the schedule say of the visit: demanded, released, or nothing.
  forms: EdcVisitForm[]
  name: Record<string, string>
  plan?: EdcPlanned // absent of what a device sent and of what only repeats
  repeat: string
  type: string
}

export type EdcVisitForm = {
  expected?: string // as of a visit
  form: string
  name: Record<string, string>
  queries: number
  repeat: string
  state: string
  updatedAt?: string
  version: number
}

/** waiting is how many of something wait, and the longest that one has, in days. */
export type EdcWaiting = {
  n: number
  oldest: number
}

export type EdcWorkAnswer = {
  changed: number
  event: string
  eventRepeat: string
  form: string
  formRepeat: string
  may: boolean
  need: number
  required: number
  site: string
  state: string
  subject: string
  title: Record<string, string>
  updatedAt: string
  version: number
  visit: Record<string, string>
}

/** Agreed is what a phone is told when a signature is on disk. */
export type EproAgreed = {
  id: string
  now: string
  number: number
  receipt: string
}

/** Answer is what a phone is told. */
export type EproAnswer = {
  missing: number[] // numbers that have not come, the first hundred
  now: string // the server's clock: from it the phone counts until the next contact
  results: EproResult[]
}

/** Compliance is how the study's patients answer, as of now. */
export type EproCompliance = {
  alerts: number
  at: string
  days: string[] // the last four weeks
  name: string
  quarantined: number
  schedule: number // its number, 0 for none
  sites: Record<string, EproTally | null>
  subjects: EproSubjectCompliance[]
  total: EproTally
  trend: EproDayTally[] // of each day
}

/** Contact is one request of a phone: how it stands, and up to MaxRecords records. */
export type EproContactInput = {
  highest?: number // the greatest number that it has given to a record
  now?: string // by its own clock
  records?: unknown[]
  zone?: string
}

/** DayTally is what was expected and done of the windows that opened on a day. */
export type EproDayTally = {
  done: number
  expected: number
}

/** Delivery is what became of a subject's reminders by one channel. */
export type EproDelivery = {
  channel: string
  dead: number // given up
  failedAt?: string // the last attempt that failed, whether or not a later one was taken
  failure?: string
  sent: number // taken by their destination
  sentAt?: string
}

/** Enrolled is the phone's identity. The token's text is kept nowhere. */
export type EproEnrolled = {
  device: string
  study: string
  subject: string
  token: string
}

/** Enrolment is what a phone says of itself when it enrols. */
export type EproEnrolmentInput = {
  code?: string
  name?: string // what it is, as its browser says
  phone?: string // what it keeps of itself, by chance: the same whoever enrols on it; "" where it keeps nothing
  pin?: string
  study?: string
  zone?: string
}

/** Invitation lets one phone enrol for one subject, once. Code goes into the QR code and the link; PIN is told to the patient apart, so that who photographs the one has not got the other. Neither is kept. */
export type EproInvitation = {
  code: string
  expires: string
  link: string // the page's whole address
  path: string // of the page that a phone opens; the code stands behind #, which no log sees
  pin: string
  qr: string[] // the link as a QR code, row by row: 1 is dark
  study: string
  subject: string
}

/** Phone is a phone as the staff see it. */
export type EproPhone = {
  device: string
  endedAt?: string
  endedWhy?: string
  enrolledAt: string
  highest: number
  missing: number[] // the first hundred
  name: string
  received: number
  reporter: string
  seenAt: string
  site: string
  state: string // complete as far as the phone says, gaps, or unconfirmed: it has ended, and what it held nobody knows
  subject: string
}

/** Quiet are the hours in which nothing is sent, by the clock where the patient is: From 22:00 To 07:00, say. The same twice is no quiet. */
export type EproQuiet = {
  from?: string
  to?: string
}

/** Quiet are the hours in which nothing is sent, by the clock where the patient is: From 22:00 To 07:00, say. The same twice is no quiet. */
export type EproQuietInput = {
  from?: string
  to?: string
}

/** Reach is how a patient wants to be reminded by one channel. */
export type EproReach = {
  address?: string // "" ends it. Of push: the subscription as the browser gave it; of wechat: the openid, or code: and what the sign-in gave
  channel: string
  keep?: boolean // the address stays as it is: only language and hours change
  language: string
  quiet?: EproQuiet
}

/** Reach is how a patient wants to be reminded by one channel. */
export type EproReachInput = {
  address?: string // "" ends it. Of push: the subscription as the browser gave it; of wechat: the openid, or code: and what the sign-in gave
  channel?: string
  keep?: boolean // the address stays as it is: only language and hours change
  language?: string
  quiet?: EproQuietInput
}

/** Reached is how a subject is reminded, and how that goes. */
export type EproReached = {
  delivery: EproDelivery[]
  failing: boolean // by one of the channels that are chosen now
  reach: EproReach[]
  seen?: string // a phone of theirs last asked what is due: the reminder in the app
  site: string
  subject: string
}

/** Reminder is one message of the last two weeks with every attempt to deliver it. */
export type EproReminder = {
  attempts: OutboxAttempt[]
  channel: string
  due: string
  form: string
  settled?: string
  state: string
  window: string
}

/** Result is what became of one record. */
export type EproResult = {
  code?: string // why it is not 200
  id: string
  late?: boolean // answered in its window, and received after it
  limit?: number // bytes, where it was too large
  receipt?: string // it is on disk: the phone may delete the record once it has stored this
  status: number // as HTTP would say it: see docs/format/epro.md
}

/** SubjectCompliance is one row of the compliance page. */
export type EproSubjectCompliance = {
  days: EproDayTally[]
  done: number
  expected: number // closed, or open and answered
  gaps: number // numbers of the subject's phones that have not come
  late: number // of those done: received after the window
  missed: number // closed without an answer, so far as anybody knows
  open: number // can be answered now
  phones: number
  site: string
  status: string
  subject: string
  unconfirmed: boolean // a phone has ended: what it still held nobody knows
}

/** SubjectConsent is how a subject stands to the study's consent document. */
export type EproSubjectConsent = {
  number: number // in force; 0 for none
  signed: EproSigned[]
  site: string
  state: string
  status: string
  subject: string
}

/** Tally counts windows and what became of them. */
export type EproTally = {
  done: number
  expected: number // closed, or open and answered
  gaps: number // numbers of the subject's phones that have not come
  late: number // of those done: received after the window
  missed: number // closed without an answer, so far as anybody knows
  open: number // can be answered now
}

/** agreement is a published version of what patients agree to, but for its text. */
export type EproAgreement = {
  again: boolean
  at: string
  by: string
  hash: string // of the document's canonical JSON: by it a signature names what was shown
  number: number
  required: boolean
}

/** alert asks a person to look at an answer set. It never closes by itself. */
export type EproAlert = {
  acknowledgedAt?: string
  acknowledgedBy?: string
  alert: string
  dueAt: string
  escalateTo: string
  escalatedAt?: string
  note?: string
  person: string // "" when nobody holds the role at the site
  raisedAt: string
  record: string
  role: string
  rule: string
  site: string
  subject: string
  text: Record<string, string>
}

/** answerShown is one answer of a record as the staff see it: as it was sent, and as it stands. */
export type EproAnswerShown = {
  group: string
  item: string
  multiple?: boolean // Sent and Now are JSON arrays of codes
  now: string
  options?: EproOption[]
  sent: string
  text: Record<string, string>
}

/** ask is what must hold of an answer. */
export type EproAsk = {
  hard?: boolean
  holds: string
  id: string
  text?: Record<string, string>
}

/** changeAsked is a correction as the patient sees it. */
export type EproChangeAsked = {
  change: string
  form: string
  items: RecordValue[]
  old: RecordValue[]
  reason: string
}

/** crisis is what the phone shows at once when an answer calls for it, whether or not anybody can be reached. */
export type EproCrisis = {
  form: string
  text: Record<string, string>
  when: string
}

/** draft is the consent document that a study's office is writing. When it is published or thrown away, its next revision is empty, so that nobody goes on with one that has ended. */
export type EproDraft = {
  doc?: string // "" where nothing is being written
  revision: number
  savedAt?: string
  savedBy?: string
}

/** drafted is a draft with its text. */
export type EproDrafted = {
  doc?: string // "" where nothing is being written
  document?: ConsentDocument
  revision: number
  savedAt?: string
  savedBy?: string
}

export type EproForm = {
  approved?: string[] // languages whose texts somebody has approved, where the form says how far they are
  copyright?: Record<string, string> // read with Licence before the first question
  drafts?: string[] // and those whose texts nobody has
  form: string
  hash: string
  licence?: string
  name: string
  questions: EproQuestion[]
  title?: Record<string, string>
}

/** issue is something odd about an accepted record. */
export type EproIssue = {
  at: string
  detail: string
  issue: string
  kind: string // clock, rule, chain or sequence
  record: string
  site: string
  subject: string
}

export type EproOption = {
  code: string
  text: Record<string, string>
}

/** past is one answer set that has arrived. */
export type EproPast = {
  finished: string
  form: string
  late: boolean
  receipt: string
  received: string
  record: string
}

export type EproPlanWindow = {
  closes: string
  done: boolean
  form: string
  key: string // names it among those of its form, for ever: its wall time as it was planned
  opens: string
  reminders: string[]
}

/** planned is all that a phone needs until its next contact. */
export type EproPlanned = {
  changes?: EproChangeAsked[] // corrections that wait for the patient's word
  consent?: string // open, needed, signed or withdrawn; "" where there is nothing to sign
  crisis: EproCrisis[]
  device: string
  forms: Record<string, EproForm>
  help: ScheduleHelp
  history: EproPast[]
  missing: number[]
  name: string
  now: string
  reporter: string
  schedule: number
  study: string
  subject: string
  unasked: string[] // forms that the patient may open at any time
  windows: EproPlanWindow[]
}

export type EproQuestion = {
  checks?: EproAsk[]
  computed?: string
  digits?: number
  group: string
  help?: Record<string, string>
  hides?: string // hides the question unless it is false
  hidesAll?: string // hides the question's group unless it is false
  hint?: Record<string, string>
  item: string
  length?: number
  multiple?: boolean // takes a JSON array of answers
  needed?: boolean
  neededWhen?: string // an answer is mandatory while it is true
  note?: boolean // is read, and not answered
  options?: EproOption[]
  scale?: EproScale // asked as a visual analogue scale
  section?: Record<string, string>
  text: Record<string, string>
  type: string
  unit?: Record<string, string>
  unseen?: boolean // is never shown: rules alone use it
}

export type EproReasonedInput = {
  agreed?: boolean
  decision?: string
  items?: RecordValueInput[]
  note?: string
  reason?: string
}

/** scale is a line from one end to the other. */
export type EproScale = {
  left?: Record<string, string>
  max: string
  min: string
  right?: Record<string, string>
}

/** shownAside is a quarantined record with what was sent. */
export type EproShownAside = {
  body: string
  decidedAt?: string
  decidedBy?: string
  decision?: string // accepted or set_aside
  device: string
  hash: string
  reason?: string
  receipt: string
  receivedAt: string
  record: string
  site: string
  subject: string // whose phone brought it
  why: string
}

/** signed is a signature's row, but for its body: the ledger has neither the name nor the drawing. */
export type EproSigned = {
  by?: string // who has recorded the paper
  consent: string
  device: string
  endedAt?: string // withdrawn
  endedBy?: string
  endedWhy?: string
  hash: string
  language: string
  number: number
  paper?: string // the date on the paper; "" for one that was signed on a phone
  receipt: string
  reporter: string
  signedAt: string // when it was on disk here
  site: string
  subject: string
}

export type ExportJobAnswer = {
  asOf?: string
  askedAt: string
  bytes: number
  code?: string // why it failed
  entries: number
  finishedAt?: string
  format: string
  id: string
  moment?: string
  name: string
  of: number
  sha256: string
  sites: string[] // none for all
  state: string
  steps: number
  until?: string
  why?: Record<string, string>
}

/** Line is one movement of an item. */
export type GoodsLine = {
  confirmed?: SiteSignature // by another, who has seen it
  n: number // from 1
  note?: string
  on: string
  quantity: number // in units, above 0; a correction's may be below
  signed: SiteSignature
  subject?: string // who used it
  what: string
}

/** register is what a study's sites have. */
export type GoodsRegister = {
  adds: string[] // where the reader may add items
  items: GoodsShown[]
  kits: KitBalance[] // the numbered kits, which have a register of their own
  sites: Record<string, Record<string, string>>
  today: Record<string, string> // at each site
}

/** shown is an item as the pages see it. */
export type GoodsShown = {
  balance: number
  confirms: boolean // and confirm those of others
  corrected: number
  destroyed: number
  expires?: string
  id: string
  kind: string
  lines?: GoodsLine[]
  lot?: string // lot or serial number
  moves: boolean // the reader may add lines
  name: string
  open: number // destructions that nobody has confirmed
  received: number
  returned: number
  site: string
  unit: string
  used: number
  version: number
}

/** Noticed is how often a site was noticed. */
export type HarnessNoticed = {
  assessed: number // the share of looks at which the site could be assessed at all
  roc: number[][] // false alarms, found; by the size of the score alone
  signal: number
  times: number // what is planted: so many times what the site had; 1 is nothing
  watched: number
}

/** Power is what an indicator notices in a study of this size. */
export type HarnessPower = {
  clean: HarnessNoticed // at sites in which nothing was planted: false alarms
  planted: HarnessNoticed[]
}

/** Rehearsed is what was found of one kind of change that was planted into the study's own data. */
export type HarnessRehearsed = {
  alarms: number[] // the share of clean sites in mixings by which no limit was set
  delay: (number | null)[] | null // the median of days until it is found; null where less than half are found
  found: number[] // the share of planted sites, by our detector and by the usual rule
  kind: string
  planted: number // sites
  rate: number // of false alarms at which the limits were set
  roc: number[][] // of our detector: false alarms, found
  ruleRoc: number[][] // of the rule
  within: number[] | null // the share found within 90 days, of what happens at a moment
}

/** Balance is whether a site's or a subject's kits add up: what was sent to the site is on the way, in stock, out, back, spoiled or went on to another site; units that went out came back or were used. */
export type KitBalance = {
  kits: Record<string, number> // by state
  passedOn: number // kits that went on to another site
  site: string
  subject?: string
  unitsBack: number // of kits that came back
  unitsOpen: number // of kits that did not come back yet
  unitsOut: number
  unitsUsed: number // of kits that came back
}

/** Kit is a kit as everybody may know it. */
export type KitKit = {
  at: string // of the last change
  kit: string
  shipment: string
  site: string
  state: string
  subject?: string
  units: number // that it holds
  unitsBack: number // that came back
}

/** held is a kit with what it holds. */
export type KitHeld = {
  at: string // of the last change
  expiry: string // the last day on which it may be given, 2026-12-31
  kit: string
  lot: string
  shipment: string
  site: string
  state: string
  subject?: string
  treatment: string
  units: number // that it holds
  unitsBack: number // that came back
}

export type KitListed = {
  handle: string[] // where the reader receives, dispenses and takes back
  kits: KitKit[]
  sites: KitBalance[]
  subjects: KitBalance[]
}

/** Decision is what became of a result. */
export type LabDecision = {
  at?: string
  by?: string
  item?: string // group/repeat/item
  place?: string // record.Key.Ref of the form that took the value
  reason?: string
}

/** Place is where a result may go. */
export type LabPlace = {
  event: string
  form: string
  group: string
  item: string
}

/** Result is a result with what became of it. */
export type LabResult = {
  decision: LabDecision
  id: string
  received: string
  sent: LabSent
  site: string
  source: string // who sent it
  state: string
}

/** Sent is a result as its sender says it. */
export type LabSent = {
  code: string
  event?: string // the visit, where the sender knows it
  eventRepeat?: string
  format?: string // csv, json or fhir
  id: string // the sender's own
  line?: number // of the file
  name?: string
  original?: string // the resource that it came as
  subject: string
  system?: string // of Code: http://loinc.org; "" for the study's own names of items
  taken?: string // when the sample was taken, as the sender writes it
  unit?: string
  value: string
}

/** Sent is a result as its sender says it. */
export type LabSentInput = {
  code?: string
  event?: string // the visit, where the sender knows it
  eventRepeat?: string
  format?: string // csv, json or fhir
  id?: string // the sender's own
  line?: number // of the file
  name?: string
  original?: string // the resource that it came as
  subject?: string
  system?: string // of Code: http://loinc.org; "" for the study's own names of items
  taken?: string // when the sample was taken, as the sender writes it
  unit?: string
  value?: string
}

/** shown is a result as the page sees it: with where it may go, or why nowhere. */
export type LabShown = {
  decision: LabDecision
  id: string
  places: LabPlace[]
  problem: string
  received: string
  sent: LabSent
  site: string
  source: string // who sent it
  state: string
}

/** Contributor is one subject's part in a site's score: what the score would be without it. */
export type MonitorContributor = {
  denominator: number
  numerator: number
  records: MonitorRecord[]
  subject: string
  without: number | null // the site's score; null when nothing is left
}

/** Edition is one version of an indicator: the one of the catalogue, By nobody, or one of the study's own. */
export type MonitorEdition = {
  at?: string
  by?: string
  indicator: MonitorIndicator | null
  reason?: string
}

/** Effect is how far a site has come towards the others some days after an action, as shares of where it stood: 1 is all the way, 0 nowhere, below 0 further away (S. de Viron et al., Ther. Innov. Regul. Sci. 2023: movement of the score and of the observed value towards the study's). */
export type MonitorEffect = {
  days: number
  now: MonitorReading
  scoreMovement: number
  valueMovement: number
}

/** Evidence is what a signal rests on. The study's entries up to Index, with days counted up to AsOf, give these numbers again. */
export type MonitorEvidence = {
  asOf: string
  denominator: number
  index: number
  kri: string
  level: number // the flag: -2 or -1 too low, 1 or 2 too high
  limit: number // 0 where the score has none
  mu: number
  number: number // of the signal, in its study
  numerator: number
  phi: number
  score: number
  site: string
  sites: number
  version: number // of the indicator
}

/** Explained is a site's place by one indicator, down to the subjects and records that put it there. */
export type MonitorExplained = {
  asOf: string
  contributors: MonitorContributor[]
  formula: string
  kri: string
  site: string
  text: Record<string, string>
}

/** Indicator is one key risk indicator: what is counted, over what, and when a site is atypical. Items are named by what they are in CDISC's terms (domain, variable), so that one indicator serves every study that uses these names. */
export type MonitorIndicator = {
  accrual: MonitorAccrual
  denominator: MonitorMeasure
  flags: number[]
  group: string // "site", or "study" for a limit of the whole study
  id: string
  method: string // normal-rate, normal-binary, identity; of a study, tolerance
  name: Record<string, string>
  numerator: MonitorMeasure
  score?: string // of identity: "numerator", or "" for the metric
  signal: number // the |flag| from which on a signal is raised; 0 never
  source: string
  thresholds: number[]
  version: number
  weights?: number[] // of the flags, in the site risk score
  words: MonitorWords
}

/** Indicator is one key risk indicator: what is counted, over what, and when a site is atypical. Items are named by what they are in CDISC's terms (domain, variable), so that one indicator serves every study that uses these names. */
export type MonitorIndicatorInput = {
  accrual?: MonitorAccrualInput
  denominator?: MonitorMeasureInput
  flags?: number[]
  group?: string // "site", or "study" for a limit of the whole study
  id?: string
  method?: string // normal-rate, normal-binary, identity; of a study, tolerance
  name?: Record<string, string>
  numerator?: MonitorMeasureInput
  score?: string // of identity: "numerator", or "" for the metric
  signal?: number // the |flag| from which on a signal is raised; 0 never
  source?: string
  thresholds?: number[]
  version?: number
  weights?: number[] // of the flags, in the site risk score
  words?: MonitorWordsInput
}

/** Measure is one thing that is counted for each subject, from the entries of the ledger alone. What is narrowed by more than one member counts where all of them hold. */
export type MonitorMeasure = {
  digits?: number[] // numbers that end in one of these
  domain?: string // values: the items that are counted, and which of their values. Without items, all values.
  equal?: boolean // reports of at least five answers that are all the same
  first?: boolean // only values of the first save of their form, where corrections count nothing
  in?: string[]
  items?: string[]
  later?: number // with first: dates that were entered more than so many days later
  night?: boolean // saves and reports from 22 to 6 o'clock at the site
  of: string
  older?: number // queries: open for more than so many days, now or until they were closed; unverified, verifiable: waiting for so many days
  outside?: number[] // numbers below the first or above the second
  since?: string[] // days: date items from which they count, where no one is enrolled here; "DM.RFICDTC" names its domain
  soon?: number // dates up to so many days after enrolment
  status?: string[] // subjects, and values: of those who stand there now
  weekend?: boolean // dates on Saturday or Sunday
  within?: number // reports: so many seconds after the subject's last one at most; saves: after the same person's save for another subject
}

/** Measure is one thing that is counted for each subject, from the entries of the ledger alone. What is narrowed by more than one member counts where all of them hold. */
export type MonitorMeasureInput = {
  digits?: number[] // numbers that end in one of these
  domain?: string // values: the items that are counted, and which of their values. Without items, all values.
  equal?: boolean // reports of at least five answers that are all the same
  first?: boolean // only values of the first save of their form, where corrections count nothing
  in?: string[]
  items?: string[]
  later?: number // with first: dates that were entered more than so many days later
  night?: boolean // saves and reports from 22 to 6 o'clock at the site
  of?: string
  older?: number // queries: open for more than so many days, now or until they were closed; unverified, verifiable: waiting for so many days
  outside?: number[] // numbers below the first or above the second
  since?: string[] // days: date items from which they count, where no one is enrolled here; "DM.RFICDTC" names its domain
  soon?: number // dates up to so many days after enrolment
  status?: string[] // subjects, and values: of those who stand there now
  weekend?: boolean // dates on Saturday or Sunday
  within?: number // reports: so many seconds after the subject's last one at most; saves: after the same person's save for another subject
}

/** Reading is how a site stood. */
export type MonitorReading = {
  mean: number
  metric: number
  score: number
}

/** Record is a place in the casebook that an indicator has counted, with the ledger's entry that brought it. */
export type MonitorRecord = {
  at: string
  entry: string
  index: number
  ref: string // event, form and their repeats
  value?: string
}

/** Rehearsal is a back-test on a study's own data: changes are planted into its subjects, dealt anew to sites of its sizes, before anybody relies on what monitoring finds. It lives as long as the process; the same entries and seed give the same again. */
export type MonitorRehearsal = {
  askedAt: string
  by: string
  finished?: string
  kri: string
  measured: number // subjects with enough measurements to be mixed
  of: number
  rehearsed: HarnessRehearsed[]
  rounds: number
  seed: number
  sites: number
  state: string
  steps: number
  subjects: number
  weeks: number
  why?: Record<string, string> // it failed
}

/** SimulatedSite is where a site stands now, by the indicator that stands and by the candidate. There is no score without a denominator, and no flag where the site cannot be assessed. */
export type MonitorSimulatedSite = {
  flag: (number | null)[]
  raised: number[] // in all its history
  score: (number | null)[]
  site: string
  siteName: Record<string, string>
}

/** SimulatedWeek is how many sites called for a signal at the end of a week. */
export type MonitorSimulatedWeek = {
  at: string
  calls: number[]
}

/** Simulation is what an indicator would have raised in the past, beside what the one it replaces would have. */
export type MonitorSimulation = {
  now: MonitorSimulatedSite[] // by site
  raised: number[] // by the indicator that stands, and by the candidate
  sites: number[] // that were ever flagged by each
  weeks: MonitorSimulatedWeek[]
}

/** Standing is one study as somebody who watches several sees it. */
export type MonitorStanding = {
  asOf: string
  flagged: number // sites with a flag of any indicator
  graver: number // of them, of level 2 or -2
  oldest?: string
  open: number // signals that are not closed
  overdue: number // of them, late in their state
  risk: number | null // of the riskiest site, 0 to 100; null without any flag
  riskiest?: string
  riskiestName: Record<string, string>
  sites: number
  study: string
}

/** Step is one thing that was done about a signal. */
export type MonitorStep = {
  action: string
  assignee?: string
  at: string
  by: string
  effect?: MonitorEffect
  from: string
  links?: string[] // queries, visits, notices
  n: number // from 1
  reading?: MonitorReading // of an action: the figures it is measured against
  role: string
  signed?: string // the printed name of who closed it with a signature
  text?: string
  to: string
}

export type MonitorAccrual = {
  min: number
  of: string // "denominator", "numerator" or "difference"
}

export type MonitorAccrualInput = {
  min?: number
  of?: string // "denominator", "numerator" or "difference"
}

export type MonitorCellJSON = {
  denominator: number
  flag: number | null
  numerator: number
  score: number | null // null where the site cannot be assessed
}

/** courseJSON is the history of one site. */
export type MonitorCourseJSON = {
  at: string[]
  cusum: number[] // of the events of kri0001, against a site that reports too few
  kris: string[]
  pending: boolean // the rest is empty: the study is being replayed for it
  scores: ((number | null)[])[]
}

/** digitsJSON are the last digits of one measurement at a site, beside those of all others. */
export type MonitorDigitsJSON = {
  item: string
  name: Record<string, string>
  p: number | null // corrected for the number of measurements
  rest: number[]
  site: number[]
  v: number | null // Cramér's; null where it cannot be said
}

export type MonitorHeatJSON = {
  cells: MonitorCellJSON[] // in the order of kris
  risk: number | null // 0 to 100; null without any flag
  signals: number
  site: string
  siteName: Record<string, string>
  subjects: number
}

export type MonitorKriJSON = {
  assessed: number // sites
  counted: Record<string, string>
  id: string
  method: string
  mu: number
  name: Record<string, string>
  numerator: number // of all sites
  per: Record<string, string>
  phi: number
  version: number
}

export type MonitorLimitJSON = {
  denominator: number
  expected: number
  flag: number | null
  kri: string
  name: Record<string, string>
  numerator: number
}

export type MonitorLineJSON = {
  points: number[][] // denominator, metric
  threshold: number
}

export type MonitorMonitoringJSON = {
  asOf: string
  bounds: MonitorLineJSON[]
  kri: string
  mu: number
  name: Record<string, string>
  phi: number
  sites: MonitorSiteJSON[]
}

export type MonitorOverviewJSON = {
  asOf: string
  kris: MonitorKriJSON[]
  limits: MonitorLimitJSON[]
  sites: MonitorHeatJSON[] // by risk, the highest first
}

export type MonitorSignalJSON = {
  actions: string[] // what the reader may do
  assignee?: string
  contact: string // with the site: "", proposed or approved
  denominator: number
  due?: string // when it is late in this state
  expected: number
  id: string
  kri: string
  level: number
  name: Record<string, string>
  number: number
  numerator: number
  raised: MonitorEvidence // the numbers it was raised on; those above are the newest
  raisedAt: string
  score: number
  site: string
  siteName: Record<string, string>
  state: string
  steps: MonitorStep[]
  text: Record<string, string>
}

export type MonitorSiteJSON = {
  denominator: number
  flag: number | null
  limit: number // what |score| could reach at most
  metric: number
  numerator: number
  score: number | null // null where the site cannot be assessed
  site: string
  siteName: Record<string, string>
}

/** words are what an explanation needs: what is counted, over what, and what else a low or a high score may mean. */
export type MonitorWords = {
  has?: Record<string, string> // the verb, where it is not "has"
  high: Record<string, string>
  low: Record<string, string>
  many: Record<string, string>
  one: Record<string, string>
  per: Record<string, string>
}

/** words are what an explanation needs: what is counted, over what, and what else a low or a high score may mean. */
export type MonitorWordsInput = {
  has?: Record<string, string> // the verb, where it is not "has"
  high?: Record<string, string>
  low?: Record<string, string>
  many?: Record<string, string>
  one?: Record<string, string>
  per?: Record<string, string>
}

/** Judged is a place of a form with the range that holds there: SDTM's LBORNRLO, LBORNRHI and LBNRIND. */
export type NormalJudged = {
  flag?: string
  group: string
  high?: string
  item: string
  low?: string
  repeat: string
  unit?: string
  value?: string // that is flagged
}

/** Range is what is normal for one item at one site: in whom, and when. Site, Item, Sex, AgeFrom and From name it. */
export type NormalRange = {
  ageFrom?: number // completed years
  ageUnder?: number // not included; 0 is no bound
  from: string // the first day, YYYY-MM-DD
  high?: string
  item: string
  low?: string // still normal, as High; "" is no limit
  sex?: string // as the study codes it; "" is everybody
  site: string
  unit?: string // the name of the item's unit
  until?: string // the last day; "" is no bound
}

/** Range is what is normal for one item at one site: in whom, and when. Site, Item, Sex, AgeFrom and From name it. */
export type NormalRangeInput = {
  ageFrom?: number // completed years
  ageUnder?: number // not included; 0 is no bound
  from?: string // the first day, YYYY-MM-DD
  high?: string
  item?: string
  low?: string // still normal, as High; "" is no limit
  sex?: string // as the study codes it; "" is everybody
  site?: string
  unit?: string // the name of the item's unit
  until?: string // the last day; "" is no bound
}

export type NormalAboutItem = {
  item: string
  name: Record<string, string>
  unit: string
}

/** Attachment is a file that a notice carries. Its bytes were judged and kept when somebody brought it; a draft names it by hash and name. */
export type NoticeAttachment = {
  hash: string // SHA-256 in hex
  media?: string
  name: string
  size?: number
}

/** Attachment is a file that a notice carries. Its bytes were judged and kept when somebody brought it; a draft names it by hash and name. */
export type NoticeAttachmentInput = {
  hash?: string // SHA-256 in hex
  media?: string
  name?: string
  size?: number
}

/** Audience is a question about who is to be told: who has one of the roles, at which sites. Empty lists do not narrow, except States, where none stands for the active ones. Who has a role at all sites is told once, for the study. */
export type NoticeAudience = {
  countries?: string[] // as the sites say them; a site that says none is in none
  enrolled?: boolean // only sites that have subjects
  except?: string[]
  people?: string[] // only these
  roles: string[]
  sites?: string[]
  states?: string[]
  zones?: string[] // time zones, which tell regions apart
}

/** Audience is a question about who is to be told: who has one of the roles, at which sites. Empty lists do not narrow, except States, where none stands for the active ones. Who has a role at all sites is told once, for the study. */
export type NoticeAudienceInput = {
  countries?: string[] // as the sites say them; a site that says none is in none
  enrolled?: boolean // only sites that have subjects
  except?: string[]
  people?: string[] // only these
  roles?: string[]
  sites?: string[]
  states?: string[]
  zones?: string[] // time zones, which tell regions apart
}

/** Count is how often something was answered. */
export type NoticeCount = {
  label: Record<string, string>
  n: number
  value: string
}

/** Draft is a notice as somebody composed it. */
export type NoticeDraftInput = {
  ack?: string
  attachments?: NoticeAttachmentInput[]
  audience?: NoticeAudienceInput
  body?: Record<string, string>
  channels?: string[] // beside the product itself
  closes?: string // afterwards nothing is taken; never when zero
  deadline?: string
  escalate?: string // who is told when the deadline passes with some missing
  form?: OdmVersionInput // the reply form: a definition with one form
  id?: string // chosen by the caller, so that sending twice sends once; made when ""
  kind?: string
  remindHours?: number // hours between reminders to those missing; 0 for none
  then?: string[] // who is told next, one after the other, each a reminder later
  title?: Record<string, string>
  variables?: NoticeVariableInput[]
}

/** Filing is how far a notice is filed. */
export type NoticeFiling = {
  able: boolean // there is a file room
  last?: string // when at the latest, of one without an end that waits for those missing
  next?: string // when it files itself
  sites: number // at which it stands
  times: number // filings that are done
}

/** Matrix is a notice, site by site. */
export type NoticeMatrix = {
  addressed: number
  reminders: number
  sites: NoticeRow[]
  state: string
  targets: number
  total: NoticeRow
}

/** Notice is a notice that was sent. */
export type NoticeNotice = {
  ack: string
  addressed: number // of them, so far
  attachments?: NoticeAttachment[]
  audience: NoticeAudience
  body: Record<string, string>
  channels?: string[] // beside the product itself
  closes?: string // afterwards nothing is taken; never when zero
  created: string
  deadline?: string
  escalate?: string // who is told when the deadline passes with some missing
  form?: OdmVersion // the reply form: a definition with one form
  id?: string // chosen by the caller, so that sending twice sends once; made when ""
  kind: string
  parent?: string // the notice whose deadline passed
  reason?: string // why it was cancelled
  remindHours?: number // hours between reminders to those missing; 0 for none
  reminders: number
  sender: string
  state: string
  targets: number // recipients
  then?: string[] // who is told next, one after the other, each a reminder later
  title: Record<string, string>
  variables?: NoticeVariable[]
}

/** Preview is whom a draft would reach, and what they would read. */
export type NoticePreview = {
  count: number
  form?: OdmVersion
  reach: Record<string, number> // by channel, how many have an address there
  recipients: NoticePreviewPerson[] // the first of them
  roles: Record<string, number>
  sites: NoticePreviewSite[]
  texts: NoticePreviewText[]
}

/** PreviewPerson is somebody whom a draft would reach. */
export type NoticePreviewPerson = {
  name: string
  role: string
  site: string
  user: string
}

/** PreviewSite is how many people a draft would reach at a site. */
export type NoticePreviewSite = {
  count: number
  name: Record<string, string>
  site: string
}

/** PreviewText is what the first recipient of a language would read. */
export type NoticePreviewText = {
  body: string
  language: string
  title: string
}

/** Question is what came back for one question of the reply form. */
export type NoticeQuestion = {
  answered: number
  counts: NoticeCount[] // of what is chosen: yes and no, codes; the most frequent of everything else
  item: string
  least?: string
  mean?: number
  most?: string
  question: Record<string, string>
  type: string
}

/** Reach is where a person (Site "") or a site (User "") is reached outside. */
export type NoticeReach = {
  address: string // "" takes it away
  channel: string
  secret?: string // told once, when an endpoint is set
  site?: string
  user?: string
}

/** Reach is where a person (Site "") or a site (User "") is reached outside. */
export type NoticeReachInput = {
  address?: string // "" takes it away
  channel?: string
  secret?: string // told once, when an endpoint is set
  site?: string
  user?: string
}

/** Row is how far the recipients at one site have come with a notice. */
export type NoticeRow = {
  acknowledged: number
  answered: number
  missing: number // from whom something is still expected
  name: Record<string, string>
  read: number
  received: number
  recipients: number
  site: string
}

/** Variable is a part of a text that is filled in when the notice is sent. Value is in both languages, or under "" when it is the same in both; a date is written out in the reader's language. */
export type NoticeVariable = {
  name: string
  type: string // text, integer, float or date
  value: Record<string, string>
}

/** Variable is a part of a text that is filled in when the notice is sent. Value is in both languages, or under "" when it is the same in both; a date is written out in the reader's language. */
export type NoticeVariableInput = {
  name?: string
  type?: string // text, integer, float or date
  value?: Record<string, string>
}

/** Waiting is what is still expected of somebody. */
export type NoticeWaiting = {
  late: number // of those, past their deadline
  new: number // not read
  open: number // read or not, to be confirmed or answered
}

export type NoticeFrozen = {
  body: string
  id: string
  language: string
  title: string
}

/** letterJSON is a notice as its recipient sees it. */
export type NoticeLetterJSON = {
  ack: string
  asks: boolean
  attachments?: NoticeAttachment[]
  body?: string
  closes?: string
  created: string
  deadline?: string
  form?: RecordAloneShown
  id: string
  kind: string
  language: string
  mine: NoticeRecipientJSON
  reason?: string // why it was cancelled
  sender: string
  signature?: string // the manifest, JSON
  site: string
  siteName: Record<string, string>
  state: string // open, late, done, closed or cancelled
  title: string
}

/** noticeJSON is a notice in a list. */
export type NoticeNoticeJSON = {
  ack: string
  asks: boolean // it has a reply form
  created: string
  deadline?: string
  id: string
  kind: string
  parent?: string
  sender: string
  senderName: string
  state: string
  targets: number
  title: Record<string, string> // with the values that all read
  total: NoticeRow
}

/** place names at which site the caller is spoken to. */
export type NoticePlaceInput = {
  site?: string
}

/** recipientJSON is a recipient as the pages see it. */
export type NoticeRecipientJSON = {
  acknowledgedAt?: string
  addressedAt: string
  answeredAt?: string
  missing: boolean
  name: string
  readAt?: string
  receivedAt?: string
  reminded: number
  revision: number
  role: string
  signed: boolean
  site: string
  user: string
  values: RecordValue[]
}

/** Access is which roles may see and which may edit something. A nil list leaves it to the study's own policy. */
export type OdmAccess = {
  edit?: string[]
  see?: string[]
}

/** Access is which roles may see and which may edit something. A nil list leaves it to the study's own policy. */
export type OdmAccessInput = {
  edit?: string[]
  see?: string[]
}

/** Alias is another name of a thing in some context. */
export type OdmAlias = {
  context: string
  name: string
}

/** Alias is another name of a thing in some context. */
export type OdmAliasInput = {
  context?: string
  name?: string
}

/** Attr is an attribute beyond the model. Space is its namespace, "" for one of the standard's own. */
export type OdmAttr = {
  name: string
  prefix?: string // the prefix it was written with
  space: string
  value: string
}

/** Attr is an attribute beyond the model. Space is its namespace, "" for one of the standard's own. */
export type OdmAttrInput = {
  name?: string
  prefix?: string // the prefix it was written with
  space?: string
  value?: string
}

/** Change is one difference of two versions, in words: texts as they are read, rules by their source. */
export type OdmChange = {
  field?: string // the member of the model, e.g. "question", "codes[2].weight", "checks[1].rule"
  impact: string[] // see Impact
  is?: string
  kind: string // added, removed, changed
  lang?: string // of a text: the language, "" where the text names none
  name?: Record<string, string> // what people call the definition
  oid?: string // of the definition
  was?: string
  what: string // the kind of definition, as in ODM: ItemDef, CodeList, …
}

/** CodeItem is a CodeListItem, or an EnumeratedItem when it has no Decode. */
export type OdmCodeItem = {
  aliases?: OdmAlias[]
  code: string
  codings?: OdmCoding[]
  decode?: Record<string, string>
  exclusive?: boolean // where several may be chosen: it excludes the others
  extra?: OdmExtra
  order?: number
  prefix?: string // as it is printed before the answer, "a)"
  rank?: string
  weight?: string // what the answer counts in a score, a decimal
}

/** CodeItem is a CodeListItem, or an EnumeratedItem when it has no Decode. */
export type OdmCodeItemInput = {
  aliases?: OdmAliasInput[]
  code?: string
  codings?: OdmCodingInput[]
  decode?: Record<string, string>
  exclusive?: boolean // where several may be chosen: it excludes the others
  extra?: OdmExtraInput
  order?: number
  prefix?: string // as it is printed before the answer, "a)"
  rank?: string
  weight?: string // what the answer counts in a score, a decimal
}

/** CodeList is a CodeList with its items in order. */
export type OdmCodeList = {
  aliases?: OdmAlias[]
  codings?: OdmCoding[]
  dataType: string
  description?: Record<string, string>
  external?: OdmExternal // ExternalCodeList
  extra?: OdmExtra
  items?: OdmCodeItem[]
  name: string
  oid: string
}

/** CodeList is a CodeList with its items in order. */
export type OdmCodeListInput = {
  aliases?: OdmAliasInput[]
  codings?: OdmCodingInput[]
  dataType?: string
  description?: Record<string, string>
  external?: OdmExternalInput // ExternalCodeList
  extra?: OdmExtraInput
  items?: OdmCodeItemInput[]
  name?: string
  oid?: string
}

/** Coding is a term of a public vocabulary that means the same: LOINC, SNOMED CT, UCUM, NCI. */
export type OdmCoding = {
  code: string
  label?: string
  system: string // a URI
  version?: string
}

/** Coding is a term of a public vocabulary that means the same: LOINC, SNOMED CT, UCUM, NCI. */
export type OdmCodingInput = {
  code?: string
  label?: string
  system?: string // a URI
  version?: string
}

/** Condition is a ConditionDef: where a Ref names it, the thing is hidden while the condition is true. */
export type OdmCondition = {
  aliases?: OdmAlias[]
  description?: Record<string, string>
  expressions?: OdmExpression[]
  extra?: OdmExtra
  name: string
  oid: string
}

/** Condition is a ConditionDef: where a Ref names it, the thing is hidden while the condition is true. */
export type OdmConditionInput = {
  aliases?: OdmAliasInput[]
  description?: Record<string, string>
  expressions?: OdmExpressionInput[]
  extra?: OdmExtraInput
  name?: string
  oid?: string
}

/** Event is a StudyEventDef: a visit, a log, a diary. */
export type OdmEvent = {
  access?: OdmAccess
  aliases?: OdmAlias[]
  category?: string
  codings?: OdmCoding[]
  description?: Record<string, string>
  every?: string // between the repeats of an event
  extra?: OdmExtra
  forms: OdmRef[]
  name: string
  occurs?: OdmOccurs // of a repeating event
  oid: string
  repeating?: boolean
  type: string
  window?: OdmWindow
}

/** Event is a StudyEventDef: a visit, a log, a diary. */
export type OdmEventInput = {
  access?: OdmAccessInput
  aliases?: OdmAliasInput[]
  category?: string
  codings?: OdmCodingInput[]
  description?: Record<string, string>
  every?: string // between the repeats of an event
  extra?: OdmExtraInput
  forms?: OdmRefInput[]
  name?: string
  occurs?: OdmOccursInput // of a repeating event
  oid?: string
  repeating?: boolean
  type?: string
  window?: OdmWindowInput
}

/** Expression is a FormalExpression in the language that Context names. */
export type OdmExpression = {
  code: string
  context?: string
  line?: number // of the file it was read from
}

/** Expression is a FormalExpression in the language that Context names. */
export type OdmExpressionInput = {
  code?: string
  context?: string
  line?: number // of the file it was read from
}

/** External is an ExternalCodeList. */
export type OdmExternal = {
  dictionary?: string
  href?: string
  ref?: string
  version?: string
}

/** External is an ExternalCodeList. */
export type OdmExternalInput = {
  dictionary?: string
  href?: string
  ref?: string
  version?: string
}

/** Extra is what a file said beyond the model: attributes and elements of foreign namespaces, and those of the standard that the model has no word for. They are kept to be written back, never interpreted here. */
export type OdmExtra = {
  attrs?: OdmAttr[]
  elements?: string[] // each a well-formed XML element with its own namespace declarations
  kept?: Record<string, string> // Kept is what a format that is not XML said beyond the model, verbatim, by its own names behind the format's, e.g. "fhir:extension", "xlsform:media::image", "redcap:Field Annotation".
  within?: Record<string, OdmExtra | null> // Within is the extra of elements below this one that have no Extra of their own, by the path to them, e.g. "Protocol" or "Question/TranslatedText[en]".
}

/** Extra is what a file said beyond the model: attributes and elements of foreign namespaces, and those of the standard that the model has no word for. They are kept to be written back, never interpreted here. */
export type OdmExtraInput = {
  attrs?: OdmAttrInput[]
  elements?: string[] // each a well-formed XML element with its own namespace declarations
  kept?: Record<string, string> // Kept is what a format that is not XML said beyond the model, verbatim, by its own names behind the format's, e.g. "fhir:extension", "xlsform:media::image", "redcap:Field Annotation".
  within?: Record<string, OdmExtraInput> // Within is the extra of elements below this one that have no Extra of their own, by the path to them, e.g. "Protocol" or "Question/TranslatedText[en]".
}

/** Form is a FormDef. */
export type OdmForm = {
  access?: OdmAccess
  aliases?: OdmAlias[]
  codings?: OdmCoding[]
  copyright?: Record<string, string> // who owns the instrument, to be shown with it
  description?: Record<string, string>
  doubleEntry?: boolean // two people enter it, neither seeing what the other entered
  extra?: OdmExtra
  groups: OdmRef[]
  layout?: OdmLayout
  licence?: string // under which it is used: an SPDX identifier, a URI or a sentence
  name: string
  occurs?: OdmOccurs // of a repeating form
  oid: string
  repeating?: boolean
  translations?: OdmTranslation[]
  variables?: OdmVariable[]
}

/** Form is a FormDef. */
export type OdmFormInput = {
  access?: OdmAccessInput
  aliases?: OdmAliasInput[]
  codings?: OdmCodingInput[]
  copyright?: Record<string, string> // who owns the instrument, to be shown with it
  description?: Record<string, string>
  doubleEntry?: boolean // two people enter it, neither seeing what the other entered
  extra?: OdmExtraInput
  groups?: OdmRefInput[]
  layout?: OdmLayoutInput
  licence?: string // under which it is used: an SPDX identifier, a URI or a sentence
  name?: string
  occurs?: OdmOccursInput // of a repeating form
  oid?: string
  repeating?: boolean
  translations?: OdmTranslationInput[]
  variables?: OdmVariableInput[]
}

/** Inventory counts the definitions of a file. */
export type OdmInventory = {
  code_lists: number
  conditions: number
  events: number
  forms: number
  item_groups: number
  items: number
  methods: number
  range_checks: number
  rules_kept: number
  rules_translated: number
}

/** Item is an ItemDef: one question and what may answer it. */
export type OdmItem = {
  access?: OdmAccess
  aliases?: OdmAlias[]
  blinded?: boolean // an answer may tell what the subject is given: it is sealed, and stands in no casebook
  checks?: OdmRangeCheck[]
  codeList?: string // CodeListRef, an OID
  codings?: OdmCoding[]
  dataType: string
  description?: Record<string, string>
  digits?: number // SignificantDigits: digits after the decimal point
  extra?: OdmExtra
  hasDigits?: boolean
  hint?: Record<string, string> // help for whoever answers
  identifying?: boolean // an answer tells who the subject is
  initial?: string[] // the value, or values, that it starts with
  layout?: OdmLayout
  length?: number
  multiple?: boolean // may have several answers
  name: string
  note?: boolean // shows its question and takes no answer
  occurs?: OdmOccurs // answers, where there may be several
  oid: string
  open?: boolean // takes answers that are not on the code list too
  placeholder?: Record<string, string> // shown in the empty field
  prefix?: string // the question's number as it is printed, "3a"
  prompt?: Record<string, string> // the question in few words, for tables
  question?: Record<string, string>
  readOnly?: boolean // shown, but not typed
  sasName?: string
  units?: string[] // MeasurementUnitRef, OIDs
  variables?: OdmVariable[]
}

/** ItemGroup is an ItemGroupDef. */
export type OdmItemGroup = {
  access?: OdmAccess
  aliases?: OdmAlias[]
  codings?: OdmCoding[]
  count?: string // the OID of the method that gives the number of repeats
  description?: Record<string, string>
  domain?: string
  extra?: OdmExtra
  hint?: Record<string, string> // help for whoever fills it in
  items: OdmRef[]
  layout?: OdmLayout
  name: string
  occurs?: OdmOccurs // of a repeating group
  oid: string
  repeating?: boolean
  variables?: OdmVariable[]
}

/** ItemGroup is an ItemGroupDef. */
export type OdmItemGroupInput = {
  access?: OdmAccessInput
  aliases?: OdmAliasInput[]
  codings?: OdmCodingInput[]
  count?: string // the OID of the method that gives the number of repeats
  description?: Record<string, string>
  domain?: string
  extra?: OdmExtraInput
  hint?: Record<string, string> // help for whoever fills it in
  items?: OdmRefInput[]
  layout?: OdmLayoutInput
  name?: string
  occurs?: OdmOccursInput // of a repeating group
  oid?: string
  repeating?: boolean
  variables?: OdmVariableInput[]
}

/** Item is an ItemDef: one question and what may answer it. */
export type OdmItemInput = {
  access?: OdmAccessInput
  aliases?: OdmAliasInput[]
  blinded?: boolean // an answer may tell what the subject is given: it is sealed, and stands in no casebook
  checks?: OdmRangeCheckInput[]
  codeList?: string // CodeListRef, an OID
  codings?: OdmCodingInput[]
  dataType?: string
  description?: Record<string, string>
  digits?: number // SignificantDigits: digits after the decimal point
  extra?: OdmExtraInput
  hasDigits?: boolean
  hint?: Record<string, string> // help for whoever answers
  identifying?: boolean // an answer tells who the subject is
  initial?: string[] // the value, or values, that it starts with
  layout?: OdmLayoutInput
  length?: number
  multiple?: boolean // may have several answers
  name?: string
  note?: boolean // shows its question and takes no answer
  occurs?: OdmOccursInput // answers, where there may be several
  oid?: string
  open?: boolean // takes answers that are not on the code list too
  placeholder?: Record<string, string> // shown in the empty field
  prefix?: string // the question's number as it is printed, "3a"
  prompt?: Record<string, string> // the question in few words, for tables
  question?: Record<string, string>
  readOnly?: boolean // shown, but not typed
  sasName?: string
  units?: string[] // MeasurementUnitRef, OIDs
  variables?: OdmVariableInput[]
}

/** Layout is how something is shown. It never changes what is asked, computed or kept. */
export type OdmLayout = {
  align?: string // REDCap's LV, LH, RV, RH
  appearance?: string // in the words of the format that it was read from
  columns?: number // over which the codes are spread
  control?: string // Control is the kind of widget: radio, checkbox, dropdown, autocomplete, textarea, slider, calendar, signature, image, audio, video, file, barcode, location, matrix, page, table; "" leaves it to the data type.
  hidden?: boolean // never shown; its value is computed or comes from elsewhere
  matrix?: string // questions of one name are the rows of one table
  rows?: number // of a text area
}

/** Layout is how something is shown. It never changes what is asked, computed or kept. */
export type OdmLayoutInput = {
  align?: string // REDCap's LV, LH, RV, RH
  appearance?: string // in the words of the format that it was read from
  columns?: number // over which the codes are spread
  control?: string // Control is the kind of widget: radio, checkbox, dropdown, autocomplete, textarea, slider, calendar, signature, image, audio, video, file, barcode, location, matrix, page, table; "" leaves it to the data type.
  hidden?: boolean // never shown; its value is computed or comes from elsewhere
  matrix?: string // questions of one name are the rows of one table
  rows?: number // of a text area
}

/** Loss is one deviation of a file from its standard, one thing that the model cannot say, or one that the format which is written cannot; with a code and a sentence in each language. */
export type OdmLoss = {
  code: string // the kind, e.g. "loss.second_code"
  kept: boolean // true when it is kept verbatim, false when it is dropped
  line: number // 0 where a file is written
  place: string // the path of elements with OIDs, e.g. "MetaDataVersion[MDV.1]/ItemDef[I.1]"
  texts: Record<string, string> // What in every language
  what: string // in English
}

/** Method is a MethodDef: how an item's value is computed. */
export type OdmMethod = {
  aliases?: OdmAlias[]
  description?: Record<string, string>
  expressions?: OdmExpression[]
  extra?: OdmExtra
  name: string
  oid: string
  type?: string // Computation, Imputation, Transpose, Other
}

/** Method is a MethodDef: how an item's value is computed. */
export type OdmMethodInput = {
  aliases?: OdmAliasInput[]
  description?: Record<string, string>
  expressions?: OdmExpressionInput[]
  extra?: OdmExtraInput
  name?: string
  oid?: string
  type?: string // Computation, Imputation, Transpose, Other
}

/** Occurs is how often something may be answered or repeated. The zero value sets no bounds. */
export type OdmOccurs = {
  max?: number // at most so many; 0 is no bound
  min?: number // at least so many, once it is asked
}

/** Occurs is how often something may be answered or repeated. The zero value sets no bounds. */
export type OdmOccursInput = {
  max?: number // at most so many; 0 is no bound
  min?: number // at least so many, once it is asked
}

/** RangeCheck is an edit check on one item: values by comparator, or formal expressions. It says what must hold. */
export type OdmRangeCheck = {
  comparator?: string // LT LE GT GE EQ NE IN NOTIN
  expressions?: OdmExpression[]
  extra?: OdmExtra
  hard?: boolean // SoftHard="Hard"
  line?: number // of the file it was read from
  message?: Record<string, string>
  unit?: string
  values?: string[]
}

/** RangeCheck is an edit check on one item: values by comparator, or formal expressions. It says what must hold. */
export type OdmRangeCheckInput = {
  comparator?: string // LT LE GT GE EQ NE IN NOTIN
  expressions?: OdmExpressionInput[]
  extra?: OdmExtraInput
  hard?: boolean // SoftHard="Hard"
  line?: number // of the file it was read from
  message?: Record<string, string>
  unit?: string
  values?: string[]
}

/** Ref is a StudyEventRef, FormRef, ItemGroupRef or ItemRef. */
export type OdmRef = {
  extra?: OdmExtra
  hidden?: string // CollectionExceptionConditionOID: hidden while the condition is true
  initial?: string // Initial is the OID of the method that gives an item the value it starts with.
  key?: number // KeySequence, of an ItemRef; 0 when absent
  mandatory?: boolean
  mandatoryWhen?: string // MandatoryWhen is the OID of a condition: mandatory while it is true.
  method?: string // MethodOID, of an ItemRef
  oid: string
  order?: number // OrderNumber; 0 when absent
  place?: number
  role?: string // Role, of an ItemRef
  within?: string // Within is the OID of what it stands within: of a group another group of the form, of an item another item of the group. Place is a group's OrderNumber among the items of the group that it stands within; 0 is behind them all.
}

/** Ref is a StudyEventRef, FormRef, ItemGroupRef or ItemRef. */
export type OdmRefInput = {
  extra?: OdmExtraInput
  hidden?: string // CollectionExceptionConditionOID: hidden while the condition is true
  initial?: string // Initial is the OID of the method that gives an item the value it starts with.
  key?: number // KeySequence, of an ItemRef; 0 when absent
  mandatory?: boolean
  mandatoryWhen?: string // MandatoryWhen is the OID of a condition: mandatory while it is true.
  method?: string // MethodOID, of an ItemRef
  oid?: string
  order?: number // OrderNumber; 0 when absent
  place?: number
  role?: string // Role, of an ItemRef
  within?: string // Within is the OID of what it stands within: of a group another group of the form, of an item another item of the group. Place is a group's OrderNumber among the items of the group that it stands within; 0 is behind them all.
}

/** Translation is how far the texts of a version or form are in one language. */
export type OdmTranslation = {
  by?: string // who said so
  lang: string
  note?: string // e.g. the licensed version of an instrument
  on?: string // the day, YYYY-MM-DD
  state: string // draft, reviewed, approved
}

/** Translation is how far the texts of a version or form are in one language. */
export type OdmTranslationInput = {
  by?: string // who said so
  lang?: string
  note?: string // e.g. the licensed version of an instrument
  on?: string // the day, YYYY-MM-DD
  state?: string // draft, reviewed, approved
}

/** Unit is a MeasurementUnit. */
export type OdmUnit = {
  aliases?: OdmAlias[]
  codings?: OdmCoding[]
  extra?: OdmExtra
  name: string
  oid: string
  symbol?: Record<string, string>
}

/** Unit is a MeasurementUnit. */
export type OdmUnitInput = {
  aliases?: OdmAliasInput[]
  codings?: OdmCodingInput[]
  extra?: OdmExtraInput
  name?: string
  oid?: string
  symbol?: Record<string, string>
}

/** Variable is a name for the outcome of an expression, for the rules at and below the place where it stands. */
export type OdmVariable = {
  expression: OdmExpression
  name: string
}

/** Variable is a name for the outcome of an expression, for the rules at and below the place where it stands. */
export type OdmVariableInput = {
  expression?: OdmExpressionInput
  name?: string
}

/** Version is one MetaDataVersion: all that a casebook needs to be shown, checked and exported. It is immutable once published. References are by OID; Resolve (see Index) turns them into pointers. */
export type OdmVersion = {
  aliases?: OdmAlias[]
  codeLists?: OdmCodeList[]
  conditions?: OdmCondition[]
  description?: string
  eventRefs: OdmRef[] // the schedule: Protocol/StudyEventRef
  events: OdmEvent[]
  extra?: OdmExtra
  forms: OdmForm[]
  groups: OdmItemGroup[]
  items: OdmItem[]
  methods?: OdmMethod[]
  name: string
  oid: string
  protocol?: Record<string, string> // Protocol/Description
  translations?: OdmTranslation[] // Translations is how far the version is translated; a form may say more of itself.
  units?: OdmUnit[] // a copy of the study's, so that a version stands alone
}

/** Version is one MetaDataVersion: all that a casebook needs to be shown, checked and exported. It is immutable once published. References are by OID; Resolve (see Index) turns them into pointers. */
export type OdmVersionInput = {
  aliases?: OdmAliasInput[]
  codeLists?: OdmCodeListInput[]
  conditions?: OdmConditionInput[]
  description?: string
  eventRefs?: OdmRefInput[] // the schedule: Protocol/StudyEventRef
  events?: OdmEventInput[]
  extra?: OdmExtraInput
  forms?: OdmFormInput[]
  groups?: OdmItemGroupInput[]
  items?: OdmItemInput[]
  methods?: OdmMethodInput[]
  name?: string
  oid?: string
  protocol?: Record<string, string> // Protocol/Description
  translations?: OdmTranslationInput[] // Translations is how far the version is translated; a form may say more of itself.
  units?: OdmUnitInput[] // a copy of the study's, so that a version stands alone
}

/** Window is when an event should take place: Target after its anchor, at most Before earlier and After later. */
export type OdmWindow = {
  after?: string
  anchor?: string // the OID of the event that is counted from; "" is the subject's enrolment
  before?: string
  target: string // negative for an event before its anchor
}

/** Window is when an event should take place: Target after its anchor, at most Before earlier and After later. */
export type OdmWindowInput = {
  after?: string
  anchor?: string // the OID of the event that is counted from; "" is the subject's enrolment
  before?: string
  target?: string // negative for an event before its anchor
}

/** Attempt is one try to deliver a message. */
export type OutboxAttempt = {
  answer: string
  at: string
  ok: boolean
  tookMicros: number // microseconds
}

/** Enrolment asks for a new subject. */
export type PatientEnrolmentInput = {
  rescreens?: string // Rescreens is who is screened again: a subject of the same site that failed screening. "" is nobody.
  site?: string
  status?: string // Screening or Enrolled; "" is Enrolled
  subject?: string // "" to be given SITE-NNN, the site's next number
}

/** Subject is one participant of a study. Its ID never changes; its Site does when it is transferred. */
export type PatientSubject = {
  consent?: number // version of the consent document that is signed and in force; 0 is none
  enrolledAt: string // when the study took the subject in, for screening or at once
  joinedAt?: string // when it first became Enrolled; zero before
  rescreens?: string // whom it was when it failed screening before
  site: string
  status: string
  statusAt: string // when Status began
  subject: string
}

/** Line is one thing that was earned, or with a negative amount taken off. */
export type PaymentLine = {
  amount: string
  event?: string
  form?: string
  kind: string // startUp, visit, procedure, allowance, failure, release
  on: string
  repeat?: string
  subject?: string
}

/** Rates are a site's budget: what is paid for what. Amounts are decimal texts in Currency. */
export type PaymentRates = {
  allowances?: Record<string, string> // by StudyEvent: what its subject is reimbursed, which the site passes on
  currency: string
  failure?: string // a subject who failed in screening
  failures?: number // at most so many are paid
  holdBack?: number // hundredths of a percent, until the site is closed
  procedures?: Record<string, string> // by Form, beside the visit in which it was done
  startUp?: string
  visits?: Record<string, string> // by StudyEvent
}

/** may says what the reader can do at a site. */
export type PaymentMay = {
  approve: boolean
  prepare: boolean
  user: string
}

export type PaymentShown = {
  due?: string // earned and not stated
  earned?: string
  heldBack?: string // of what is stated, and not yet released
  lines?: PaymentLine[] // earned and not stated, oldest first
  may: PaymentMay
  name: Record<string, string>
  paid?: string // approved, net
  rates?: PaymentRates
  site?: string
  stated?: string // in statements that were not refused, before holding back
  statements?: {
    approved?: SiteSignature
    currency: string
    gross: string
    heldBack: string
    id: string
    lines: PaymentLine[]
    net: string
    preparedAt: string
    preparedBy: string
    refused?: SiteEnd
    site: string
    until: string
    version: number
  }[]
  version?: number // of its rates, 0 without any
}

/** Milestone is one step of a plan. Its ID is unique in the plan and never changes. */
export type PlanMilestone = {
  actual?: string
  after?: string[]
  days: number // from the last of After, or from the plan's start, to its own date
  expected?: string // what the owner expects; it stands for Days
  from?: string
  id: string
  note?: string
  owner: string // the role that answers for it
  planned?: string // agreed at the start, and kept to measure by
  title: Record<string, string>
}

/** Milestone is one step of a plan. Its ID is unique in the plan and never changes. */
export type PlanMilestoneInput = {
  actual?: string
  after?: string[]
  days?: number // from the last of After, or from the plan's start, to its own date
  expected?: string // what the owner expects; it stands for Days
  from?: string
  id?: string
  note?: string
  owner?: string // the role that answers for it
  planned?: string // agreed at the start, and kept to measure by
  title?: Record<string, string>
}

/** Standing is a milestone as it stands on a day. */
export type PlanStanding = {
  actual?: string
  after?: string[]
  critical: boolean // it is not done, and each day of delay is a day of the end
  days: number // from the last of After, or from the plan's start, to its own date
  expected?: string // what the owner expects; it stands for Days
  forecast: string // Actual when it is done
  from?: string
  id: string
  late: number // days from Planned to Forecast, to today when it is overdue; below 0 it is early
  note?: string
  owner: string // the role that answers for it
  planned?: string // agreed at the start, and kept to measure by
  slack: number // days that it may be delayed without delaying the end
  state: string
  title: Record<string, string>
}

/** Template is a plan that sites are given a copy of: the days are usual ones, to be changed where they are not. */
export type PlanTemplate = {
  id: string
  milestones: PlanMilestone[]
  title: Record<string, string>
}

/** Administered is an entry about administration, in one study or on the platform. */
export type PlatformAdministered = {
  at: string
  by: string
  byName: string
  id: string
  index: number // -1 while it waits for its place
  name: string // how that is called, where it has a name
  new?: string
  old?: string
  reason: string
  role: string
  site?: string
  study: string
  trace: string
  what: string
  where: string // which key, webhook, person, draft or release
}

/** Change is one entry of a study's ledger as the feed tells it. Old and New are what the entry's verb says they are. */
export type PlatformChange = {
  actor: string
  at: string
  cursor: string // where to go on after this one
  deviceAt?: string
  id: string
  index: number
  location?: string
  new?: unknown
  old?: unknown
  reason?: string
  ref?: string
  release: number
  role: string
  site?: string
  subject?: string
  trace?: string
  what: string
}

/** Request is one request of another program, as the log keeps it. */
export type PlatformRequest = {
  address: string
  answered: string // the same of the answer
  asked: string // the body, every value covered
  at: string
  client: string
  code?: string // of a refusal
  id: string
  path: string
  route: string // the address's pattern
  status: number
  study: string
  took: number // microseconds
  trace: string
}

/** Webhook is where a study's events are sent. */
export type PlatformWebhook = {
  changed: string
  events: string[] // the beginnings of verbs; none for all
  id: string
  name: string
  secret?: string // told once, when it is made
  state: string // active or disabled
  url: string
  why?: string
}

/** delivery is one message of a webhook with its attempts. */
export type PlatformDelivery = {
  answer: string
  attempts: OutboxAttempt[]
  created: string
  due?: string
  id: string
  state: string
  type: string
}

/** reason is the body of what needs nothing but a reason. */
export type PlatformReasonInput = {
  reason?: string
}

export type R4ChannelInput = {
  endpoint?: string
  extension?: R4SecretInput[] // the key that signs, told once
  type?: string
}

export type R4SecretInput = {
  url?: string
  valueString?: string
}

/** subscription is a Subscription: a webhook, for whoever knows them by FHIR's name. What it is sent is the webhook's payload, signed as webhooks are. */
export type R4SubscriptionInput = {
  channel?: R4ChannelInput
  criteria?: string
  error?: string
  id?: string
  reason?: string
  resourceType?: string
  status?: string
}

/** AloneShown is such a form as its renderer takes it. */
export type RecordAloneShown = {
  computed: string[] // questions that the rules answer, as group/item
  definition: OdmVersion | null
  form: string
  rules?: RecordRules
}

/** AskedOf is a query of a check. */
export type RecordAskedOf = {
  place: RecordValue // with the value asked about
  ref: string
  rule: string
}

/** Attached is one scan or image, of the form or of an item of it. */
export type RecordAttached = {
  at: string
  by: string
  group?: string
  hash: string // SHA-256 in hex
  item?: string
  media: string // found in the bytes
  name: string
  note?: string
  off?: RecordDetached
  repeat?: string
  size: number
}

/** Detached says who made a file inactive, when and why. */
export type RecordDetached = {
  at: string
  by: string
  reason: string
}

/** Disagreement is one outcome that the browser had otherwise than the server. */
export type RecordDisagreementInput = {
  client?: string
  kind?: string // Hides, Computes or Checks
  place?: string // group/repeat, or group/repeat/item
  rule?: string
  server?: string
}

/** Drawn is how many subjects of a site the sample draws. */
export type RecordDrawn = {
  sampled: number
  site: string
  subjects: number
}

/** Given is a value of another form or visit: canonical text, or the reason of a blank. */
export type RecordGiven = {
  blank?: string
  value?: string
}

/** LiveRule is a rule at its place in a form. */
export type RecordLiveRule = {
  group: string
  id: string
  item?: string
  kind: string
  message?: Record<string, string> // of a check, in the languages that the definition has
  source: string
}

/** Moved is what becomes of a casebook when it goes over to another version. No value is lost: what goes out of view stays in the casebook and in the ledger, and is in view again when the casebook goes back. */
export type RecordMoved = {
  closed?: RecordAskedOf[] // checks that do not any more
  computed?: RecordRecomputed[]
  forms: number // that went over
  lost?: RecordSpot[] // out of view
  marks?: RecordSpot[] // verified against the source, and to be verified again
  opened?: RecordAskedOf[] // checks that fire
  reopened?: string[] // paths of what was frozen or locked and is open now
  shown?: RecordSpot[] // in view again
  signatures?: string[] // ids of those that are void now
  subject: string
  to: number
  unfinished?: string[] // forms that were complete
  visits?: string[] // events that the other version did not schedule
}

/** Plan says which values must be verified against the source: all of a sample of subjects, whose size may differ by site (by risk), and of everybody the forms and items that are critical. */
export type RecordPlan = {
  forms?: string[]
  items?: string[]
  sample: number // percent of the subjects
  sites?: Record<string, number>
}

/** Plan says which values must be verified against the source: all of a sample of subjects, whose size may differ by site (by risk), and of everybody the forms and items that are critical. */
export type RecordPlanInput = {
  forms?: string[]
  items?: string[]
  sample?: number // percent of the subjects
  sites?: Record<string, number>
}

/** QueryCount is how many queries of a site are in a state, and when the oldest was opened. */
export type RecordQueryCount = {
  count: number
  oldest: string
  site: string
  state: string
}

/** Recomputed is a value that a method gives otherwise by the other version. */
export type RecordRecomputed = {
  new: RecordValue // empty where there is none any more
  old: RecordValue // empty where there was none
  ref: string
}

/** Rules are a form's rules as the engine in the browser takes them, with all that they read beyond the form. */
export type RecordRules = {
  given?: Record<string, RecordGiven> // by check.Ref.String: values of other forms and visits
  rules: RecordLiveRule[]
  today: string
  types: Record<string, string> // of the items that rules name or that the form asks
  zone: string
  zones?: Record<string, number[]> // by name, see check.ZoneChanges
}

/** Spot is a value at its place in a casebook. */
export type RecordSpot = {
  blank?: string
  group: string
  item: string
  ref: string // of the form
  repeat: string
  value?: string
}

/** Value is one item of a form: a value, or the reason for a blank, or neither when it was cleared. */
export type RecordValue = {
  blank?: string
  group: string
  item: string
  repeat: string
  value?: string
}

/** Value is one item of a form: a value, or the reason for a blank, or neither when it was cleared. */
export type RecordValueInput = {
  blank?: string
  group?: string
  item?: string
  repeat?: string
  value?: string
}

/** The report is on disk. */
export type ReportReceipt = {
  id: string
  patientId: string
  receipt: string // The report's id and a digest of its content: the same content has the same receipt.
  status: string
}

/** What a patient or a device says. */
export type ReportReport = {
  answeredAt?: string // When the patient answered.
  data: Record<string, unknown> // Values by the items' names or OIDs.
  device?: string // Which device said so.
  id?: string // Chosen by the sender; without it the header Idempotency-Key is.
  instrument?: string // OID of the form; without it the study has one only.
  patientId: string
}

/** Up to 1,000 reports. */
export type ReportReports = {
  reports: ReportReport[]
}

/** What became of each report, in their order. */
export type ReportTaken = {
  reports: {
    id?: string
    patientId?: string
    problem?: Problem
    receipt?: string
    replay?: boolean // true: the report was there already, with this receipt.
    status: string // processed, or refused.
  }[]
}

/** Hold is a legal hold that stands. */
export type RetentionHold = {
  about?: string // "" is every study
  at: string
  by: string // who ordered it, as they are named on paper
  id: string
  reason: string
}

/** Rules are what the settings say of backups. A backup goes when it was last written before Before and is none of the Least newest. */
export type RetentionRules = {
  before?: string // as of now; zero where all are kept
  days: number // 0 keeps all
  least: number
}

/** Assessment is the sponsor's judgement of a case. */
export type SafetyAssessment = {
  at: string
  by: string
  causality: string
  comment?: string
  expected: boolean // by the reference safety information
  version: number // the last that was there
}

/** Clock is something that is to be done in a time. */
export type SafetyClock = {
  done?: string
  due: string
  from: string
  name: string // site, sponsor, or a recipient: ethics, office
  presumed?: boolean // Presumed is set where the clock runs because nobody has judged the case yet.
  state: string
}

/** Difference is something in which the casebooks and the cases do not agree. */
export type SafetyDifference = {
  case?: string
  event?: SafetyEvent // of uncased
  form?: string // event/repeat/form/repeat
  kind: string // uncased, unlogged, term, onset, outcome
  log?: string // what the casebook says
  row?: string
  said?: string // what the case says
  site: string
  subject: string
}

/** Draft asks for a case. */
export type SafetyDraftInput = {
  form?: string
  report?: SafetyReportInput
  row?: string
}

/** Event is a serious adverse event as a casebook has it. */
export type SafetyEvent = {
  onset?: string
  outcome?: string // "" where the rules do not say what its code means
  term: string
}

/** Hours are within how many hours of awareness somebody is told; 0 is 24. */
export type SafetyHours = {
  ethics?: number
  office?: number
}

/** Hours are within how many hours of awareness somebody is told; 0 is 24. */
export type SafetyHoursInput = {
  ethics?: number
  office?: number
}

/** Log says where the casebooks keep adverse events, by OID. */
export type SafetyLog = {
  form: string
  onset?: string
  outcome?: string
  outcomes?: Record<string, string> // what the codes of the outcome's item mean; others are not compared
  serious: string // the item that says so
  term: string
  value: string // with which it says so
}

/** Log says where the casebooks keep adverse events, by OID. */
export type SafetyLogInput = {
  form?: string
  onset?: string
  outcome?: string
  outcomes?: Record<string, string> // what the codes of the outcome's item mean; others are not compared
  serious?: string // the item that says so
  term?: string
  value?: string // with which it says so
}

/** Message is what a message of E2B(R3) says of the study and its sponsor. */
export type SafetyMessage = {
  country: string // ISO 3166-1 alpha-2, of the sender: C.1.1, and of the source: C.2.r.3
  organisation: string // C.3.2
  product: string // G.k.2.2, as long as the treatment is blinded
  protocol: string // C.5.3
  receiver: string // N.1.4, N.2.r.3
  sender: string // N.1.3, N.2.r.2: the identifier agreed with the receiver
  title: string // C.5.2
}

/** Message is what a message of E2B(R3) says of the study and its sponsor. */
export type SafetyMessageInput = {
  country?: string // ISO 3166-1 alpha-2, of the sender: C.1.1, and of the source: C.2.r.3
  organisation?: string // C.3.2
  product?: string // G.k.2.2, as long as the treatment is blinded
  protocol?: string // C.5.3
  receiver?: string // N.1.4, N.2.r.3
  sender?: string // N.1.3, N.2.r.2: the identifier agreed with the receiver
  title?: string // C.5.2
}

/** Reconciliation is what came out of holding the casebooks against the cases. */
export type SafetyReconciliation = {
  cases: number // that are not nullified
  differences: SafetyDifference[]
  serious: number // events of the casebooks
}

/** Report is what the site says of an event: one version of a case. A draft may lack parts. */
export type SafetyReport = {
  action?: string
  aware: string // when the site knew of what this version tells
  causality?: string // the investigator's
  ended?: string // likewise
  narrative: string
  news?: string // what a follow-up brings
  onset: string // YYYY-MM-DD, or YYYY-MM or YYYY where no more is known
  outcome?: string
  serious: string[] // at least one, each once
  term: string // verbatim
}

/** Report is what the site says of an event: one version of a case. A draft may lack parts. */
export type SafetyReportInput = {
  action?: string
  aware?: string // when the site knew of what this version tells
  causality?: string // the investigator's
  ended?: string // likewise
  narrative?: string
  news?: string // what a follow-up brings
  onset?: string // YYYY-MM-DD, or YYYY-MM or YYYY where no more is known
  outcome?: string
  serious?: string[] // at least one, each once
  term?: string // verbatim
}

/** Rules are what a study says of its safety reports. */
export type SafetyRules = {
  hours?: SafetyHours
  log?: SafetyLog // nothing is reconciled without
  message?: SafetyMessage // nothing is exported without
}

/** Rules are what a study says of its safety reports. */
export type SafetyRulesInput = {
  hours?: SafetyHoursInput
  log?: SafetyLogInput // nothing is reconciled without
  message?: SafetyMessageInput // nothing is exported without
}

/** Told is that somebody was told. */
export type SafetyTold = {
  at: string // when it was written down
  by: string
  name: string // who they are, or the notice that told them
  on: string
  to: string
  version: number
}

/** blind is what the reader may know of the treatment. */
export type SafetyBlind = {
  broken: boolean // somebody had the code opened
  treatment?: string
}

export type SafetyFormChoice = {
  items: SafetyItemChoice[]
  name: Record<string, string>
  oid: string
}

export type SafetyItemChoice = {
  codes?: OdmCodeItem[]
  name: Record<string, string>
  oid: string
}

/** may says what the reader can do with a case. */
export type SafetyMay = {
  assess: boolean
  sign: boolean
  tell: boolean
  write: boolean
}

/** one is a case with its versions. */
export type SafetyOne = {
  asOf: string
  assessed?: SafetyAssessment // the last judgement
  aware: string // when the site first knew
  blind: SafetyBlind
  clocks: SafetyClock[]
  draft?: SafetyReport // of the version to come
  first?: string // when the initial report was submitted
  form?: string // of the adverse event in the casebook: event/repeat/form/repeat
  gravest?: string // when a version first said that the event was fatal or life-threatening
  id: string
  judged: boolean // by the sponsor
  last?: SafetyReport // as the newest version has it
  may: SafetyMay
  message: boolean // the study says what a message of E2B(R3) needs
  nullified?: SiteEnd
  openedAt: string
  openedBy: string
  reports: SafetyVersion[]
  row?: string // of its group, where the form has rows
  site: string
  subject: string
  susar: boolean
  told?: SafetyTold[]
  version: number
  versions: number // submitted
}

/** shown is a case as a reader sees it. Drafts are the site's. */
export type SafetyShown = {
  assessed?: SafetyAssessment // the last judgement
  aware: string // when the site first knew
  clocks: SafetyClock[]
  draft?: SafetyReport // of the version to come
  first?: string // when the initial report was submitted
  form?: string // of the adverse event in the casebook: event/repeat/form/repeat
  gravest?: string // when a version first said that the event was fatal or life-threatening
  id: string
  judged: boolean // by the sponsor
  last?: SafetyReport // as the newest version has it
  may: SafetyMay
  nullified?: SiteEnd
  openedAt: string
  openedBy: string
  row?: string // of its group, where the form has rows
  site: string
  subject: string
  susar: boolean
  told?: SafetyTold[]
  version: number
  versions: number // submitted
}

/** signing is what a signed step brings. */
export type SafetySigningInput = {
  password?: string
  reason?: string
  user?: string
  version?: number
}

export type SafetyVersion = {
  case: string
  clock: SafetyClock
  number: number // 0 is the initial report
  report: SafetyReport
  signed: SiteSignature
  subject: string
  submitted: string
}

/** Alert asks a person to look at an answer set for which a rule holds. The rule is judged by whoever runs the schedule. */
export type ScheduleAlert = {
  crisis?: Record<string, string> // what the patient is shown at once, online or not
  escalate?: string // the role that hears of it when nobody did
  form: string
  text: Record<string, string> // what the person is told, by language
  to: string // a role at the subject's site
  when: string // in the rule language: PHQ9 == 3, say
  within: string // to acknowledge it
}

/** Anchor is what a form's prompts count from. */
export type ScheduleAnchor = {
  date?: string // of Calendar: YYYY-MM-DD
  kind?: string // one of the kinds below; "" is Enrolment
  name?: string // of a visit or event: its OID; "" takes any
}

/** Form is one instrument and its prompts. The cycle of prompts begins on the anchor's day, Start later, and repeats. */
export type ScheduleForm = {
  anchor?: ScheduleAnchor
  at?: string[] // wall times of a cycle: "07:30", or "+3 07:30" three days into it
  every?: string // from cycle to cycle, in whole days, weeks, months or years
  form: string
  holiday?: string // Keep, Skip or Next
  missed?: ScheduleMissed
  reminders?: string[]
  start?: string // from the anchor to the first cycle
  times?: number // how many cycles; 0 as long as the study
  until?: string // from the anchor: no prompt after it
  weekdays?: string[] // only on these: "mon" … "sun"
  window: string // from opening to closing
}

/** Help is whom patients can call. */
export type ScheduleHelp = {
  telephone?: string
  text?: Record<string, string> // by language
}

/** Missed asks a person of the site to call a patient who has let windows of a form pass. */
export type ScheduleMissed = {
  escalate?: string
  text: Record<string, string> // what the person is told, by language
  times: number // so many in a row
  to: string
  within: string
}

/** Schedule is when the forms of a study are asked. */
export type ScheduleSchedule = {
  alerts?: ScheduleAlert[]
  format: string
  forms: ScheduleForm[]
  help?: ScheduleHelp
  holidays?: string[] // YYYY-MM-DD
  name: string
  zone?: string // FollowDevice or Fixed
}

/** Window is one prompt of one subject. */
export type ScheduleWindow = {
  closes: string
  form: string
  key: string // names it among those of its form, for ever: its wall time as it was planned
  opens: string
  reminders: string[]
}

/** Approval says that the ethics committee of a site has approved an amendment, from a moment on. */
export type SettingsApproval = {
  amendment: string
  at: string
  site: string
  study: string
}

/** Assignment says that a setting is something at a place, from a moment on, or with an amendment of the protocol. */
export type SettingsAssignment = {
  amendment?: string // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
  from?: string // From is when it begins to count; from the release on when zero.
  key: string
  place: SettingsPlace
  value: string
}

/** Change is one line of a draft: an assignment, or its removal. */
export type SettingsChange = {
  amendment?: string // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
  from?: string // From is when it begins to count; from the release on when zero.
  key: string
  place: SettingsPlace
  remove?: boolean
  value: string
}

/** Change is one line of a draft: an assignment, or its removal. */
export type SettingsChangeInput = {
  amendment?: string // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
  from?: string // From is when it begins to count; from the release on when zero.
  key?: string
  place?: SettingsPlaceInput
  remove?: boolean
  value?: string
}

/** Difference is one line of what a draft would change. */
export type SettingsDifference = {
  amendment?: string
  from?: string
  key: string
  new: string // "" when nothing will be
  old: string // "" when nothing was said there
  place: SettingsPlace
}

/** Draft is what somebody proposes. */
export type SettingsDraft = {
  at: string
  author: string
  base: number
  changes: SettingsChange[]
  id: string
  reason: string
  state: string
}

/** Place is somewhere in the world: a site has a study, and may have a country and an organisation. */
export type SettingsPlace = {
  country?: string
  organisation?: string
  site?: string
  study?: string
}

/** Place is somewhere in the world: a site has a study, and may have a country and an organisation. */
export type SettingsPlaceInput = {
  country?: string
  organisation?: string
  site?: string
  study?: string
}

/** Process is one of our processes and the release that it has. */
export type SettingsProcess = {
  canary: number
  loaded: string // when it took that release over
  name: string
  number: number
  seen: string
}

/** Released is a release. */
export type SettingsReleased = {
  approver: string
  at: string
  author: string
  doc: SettingsAssignment[]
  number: number
  of?: number // of a rollback: the release that came back
  reason: string
}

/** Standing is how a trial stands. */
export type SettingsStanding = {
  bad: number
  canary: number
  good: number
  number: number
  trial: SettingsTrial
  until?: string
}

/** Trial says where a release is tried before it is in force everywhere, and when the trial has failed. */
export type SettingsTrial = {
  hours?: number // The trial ends well after Hours, and badly once at least Least pieces of work were done at its sites and more than Worst of 1000 failed.
  least?: number
  percent?: number // and of all sites this share, always the same ones
  sites?: SettingsPlace[] // these places
  worst?: number
}

/** Trial says where a release is tried before it is in force everywhere, and when the trial has failed. */
export type SettingsTrialInput = {
  hours?: number // The trial ends well after Hours, and badly once at least Least pieces of work were done at its sites and more than Worst of 1000 failed.
  least?: number
  percent?: number // and of all sites this share, always the same ones
  sites?: SettingsPlaceInput[] // these places
  worst?: number
}

/** Why tells of one level what is said there for a setting, and whether it counts. */
export type SettingsWhy = {
  amendment?: string // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
  because: string // Because is "in_force", "overridden" by a deeper or later one, or what it waits for: "date", "approval".
  from?: string // From is when it begins to count; from the release on when zero.
  key: string
  level: string
  place: SettingsPlace
  value: string
}

/** Aim asks for a target. */
export type SiteAimInput = {
  by?: string
  from?: string
  over?: string
  reason?: string // needed to change one
  subjects?: number
  version?: number // the one that was seen, 0 for the first
}

/** Charge asks for a delegation. */
export type SiteChargeInput = {
  from?: string
  person?: string
  role?: string
  tasks?: string[]
}

/** Contact is somebody at the institution to turn to: the office, the ethics committee, the pharmacy. */
export type SiteContact = {
  department?: string
  email?: string
  name: string
  phone?: string
  role: string
}

/** Contact is somebody at the institution to turn to: the office, the ethics committee, the pharmacy. */
export type SiteContactInput = {
  department?: string
  email?: string
  name?: string
  phone?: string
  role?: string
}

/** Course is how enrolment goes at a site, or in the study. */
export type SiteCourse = {
  active: number // enrolled and still in the study
  curve: SitePoint[]
  days: number // since the site was opened
  forecast?: SiteRange // nil when it is reached, has no target, or none can be told
  inside: number // in screening
  monthly: number // subjects in thirty days, as the forecast expects them
  name?: Record<string, string>
  now: SitePoint
  projected?: SiteExpected[] // from today on
  reached?: string
  site: string // "" for the study
  state?: string
  target: SiteTarget
  version: number // of its target, 0 without one
}

/** Draft asks for a plan: a template's milestones from a day on, or others in their place. */
export type SiteDraftInput = {
  milestones?: PlanMilestoneInput[] // nil for those of the template
  reason?: string // needed to replace a plan
  start?: string
  version?: number // the one that was seen, 0 for a new plan
}

/** End is who ended a delegation, and why. */
export type SiteEnd = {
  at: string
  by: string
  reason: string
}

/** Enrolment is the study's course and those of the sites that may sees, those furthest behind first. */
export type SiteEnrolment = {
  sites: SiteCourse[]
  study?: SiteCourse // nil for who does not see all sites
  today: string
}

/** Expected is a day of the future with the number of subjects, and how far it may lie from it either way. */
export type SiteExpected = {
  high: number
  low: number
  mean: number
  on: string
}

/** Issue is something that is not as it should be at a site, and what is done about it. */
export type SiteIssueInput = {
  checkedBy?: string
  closedAt?: string
  corrective?: string
  doneAt?: string
  doneBy?: string // who did what was agreed
  due?: string
  effect?: string // what the check of effectiveness found
  kind?: string
  milestone?: string // template/milestone of the site's plan
  openedAt?: string
  openedBy?: string
  owner?: string
  preventive?: string
  rootCause?: string
  severity?: string
  signal?: string
  state?: string
  subject?: string
  text?: string
  title?: string
  visit?: string // the monitoring visit that found it
}

/** IssueStep is one step on an issue, with what it needs. */
export type SiteIssueStepInput = {
  corrective?: string
  due?: string // of edit
  effect?: string
  owner?: string // of edit
  preventive?: string
  reason?: string // of edit, cancel and reopen
  rootCause?: string
  severity?: string
  step?: string // analyse, act, done, effective, ineffective, cancel, reopen, edit
  version?: number
}

/** Load is how much an investigator has to do, over all the projects of the register. */
export type SiteLoad = {
  active: number // subjects in the study
  issues: number
  name: Record<string, string>
  overdue: number
  projects: number // that are not at their end
}

/** Paper is a document that shows what somebody is fit for. */
export type SitePaper = {
  expires?: string // zero when it does not
  issued?: string
  kind: string // cv, gcp, licence
  number?: string
}

/** Paper is a document that shows what somebody is fit for. */
export type SitePaperInput = {
  expires?: string // zero when it does not
  issued?: string
  kind?: string // cv, gcp, licence
  number?: string
}

/** Point is a day of a curve with what had happened until its end. */
export type SitePoint = {
  enrolled: number
  failed: number // in screening
  on: string
  screened: number // all whom the study took in
}

/** Project is one study at one site, as a hospital's office keeps it. */
export type SiteProject = {
  about: string
  done: number // milestones of the hospital's own path
  enrolled: number
  expiring: number
  institution: Record<string, string>
  investigator?: Record<string, string>
  issues: number // that are open
  next?: PlanStanding
  of: number
  overdue: number
  site: string
  state: string
  study: string
  target?: number
  title: string
  user?: string // of the investigator
}

/** Range is a forecast day: later and earlier than it with the probability of a tenth each. */
export type SiteRange = {
  early: string
  late: string
  likely: string
}

/** Request is what a subject asks about their own data. It names the subject by the code of the study, as everything does: who that is, the site knows. */
export type SiteRequestInput = {
  answer?: string // what was done, or why not
  answeredAt?: string
  answeredBy?: string
  copy?: string // SHA-256 of the printed casebook that was handed over
  deadline?: string // a month after it was received unless an earlier day is given
  from?: string
  kind?: string
  openedAt?: string
  openedBy?: string
  received?: string
  state?: string
  subject?: string
  text?: string // what is asked
}

/** RequestStep is one step on a request, with what it needs. */
export type SiteRequestStepInput = {
  answer?: string // of answer and refuse
  reason?: string // of extend and reopen
  step?: string // answer, refuse, extend, reopen
  until?: string // of extend
  version?: number
}

/** Signature is what an electronic signature says (21 CFR 11.50) and what it is bound to (11.70). */
export type SiteSignature = {
  at: string
  content: string // SHA-256, in hex, of what was signed
  meaning: string // "delegation", "acceptance", …
  name: string // as printed
  role: string
  root: string // of the tree over them, in hex
  signer: string
  size: number // entries in the study's order when it was signed
}

/** Step is what somebody says about a milestone. A nil date is left as it is; an empty one is taken away. */
export type SiteStepInput = {
  actual?: string
  expected?: string
  note?: string
  owner?: string
  planned?: string
  reason?: string // needed to change a date that was there
  version?: number // of the plan
}

/** Target is how many subjects a site, or the study, is to enrol, and by when. Over is set when enrolment ends otherwise. */
export type SiteTarget = {
  by?: string
  from?: string
  over?: string
  subjects: number
}

/** Training is one that somebody has been through. */
export type SiteTraining = {
  code: string // protocol, edc, …
  on: string
}

/** Training is one that somebody has been through. */
export type SiteTrainingInput = {
  code?: string // protocol, edc, …
  on?: string
}

/** Warning is a paper that has expired, or soon will. */
export type SiteWarning = {
  days: number // left; below 0 it has expired
  expires: string
  name: Record<string, string>
  paper: string
  person: string
}

/** boardRow is one site on the board. */
export type SiteBoardRow = {
  finish?: string
  milestones: PlanStanding[] // in the order of the plan
  name: Record<string, string>
  next?: string // the milestone to be expected next
  overdue: number // milestones
  site: string
  start?: string
  state: string
  today: string
  version: number // of its plan, 0 without one
  worst: number // days that the longest of them is overdue
}

/** member is somebody with what they lack for each role. */
export type SiteMember = {
  department?: string
  id: string
  lacks: Record<string, string[]>
  name: Record<string, string>
  papers?: SitePaper[]
  site: string
  title?: string // the profession: physician, nurse, CRC
  trainings?: SiteTraining[]
  user?: string
  version: number
}

/** requestShown is a request as the pages see it. */
export type SiteRequestShown = {
  answer?: string // what was done, or why not
  answeredAt?: string
  answeredBy?: string
  copy?: string // SHA-256 of the printed casebook that was handed over
  deadline?: string // a month after it was received unless an earlier day is given
  from: string
  id: string
  kind: string
  late: number // days overdue
  left: number // days until the deadline
  next: string[] // the steps that may be taken
  openedAt: string
  openedBy: string
  received: string
  site: string
  state: string
  subject: string
  text: string // what is asked
  version: number
}

/** shown is an issue as the pages see it. */
export type SiteShown = {
  checkedBy?: string
  closedAt?: string
  corrective?: string
  doneAt?: string
  doneBy?: string // who did what was agreed
  due: string
  effect?: string // what the check of effectiveness found
  escalation: number
  id: string
  kind: string
  late: number // days overdue
  milestone?: string // template/milestone of the site's plan
  next: string[] // the steps that the reader may take
  openedAt: string
  openedBy: string
  owner: string
  preventive?: string
  rootCause?: string
  severity: string
  signal?: string
  site: string
  state: string
  subject?: string
  text?: string
  title: string
  version: number
  visit?: string // the monitoring visit that found it
}

/** team is what a site's page of people shows. */
export type SiteTeam = {
  delegations: {
    ended?: SiteEnd
    from: string
    id: string
    name: Record<string, string>
    person: string
    role: string
    signed?: SiteSignature
    site: string
    tasks: string[]
    user: string
    version: number
  }[] // those that wait for a signature first, then those that hold
  people: SiteMember[]
  profile: {
    address?: string
    code?: string // 统一社会信用代码 (GB 32100), by which projects of one hospital are brought together
    contacts?: SiteContact[]
    departments?: string[]
    id: string
    institution: Record<string, string>
    investigator?: string // the person who is the principal investigator
    site: string
    version: number
  }
  required: {
    id: string
    roles: Record<string, string[]>
    site: string
    version: number
  }
  roles: string[] // that may be delegated
  signer: boolean // the reader is the principal investigator
  site: string
  today: string
  warnings: SiteWarning[]
}

/** Draft is a definition on its way to publication. It is named by the OID of its version. */
export type TrialDraft = {
  changedAt: string
  changedBy: string
  hash: string // of the content, see odm.Version.Hash
  oid: string
  state: string
  waivers?: TrialWaiver[]
}

/** Origin is where a version of a production study was tested, and how. */
export type TrialOrigin = {
  hash: string
  purpose: string
  study: string
  tests: TrialTests
  version: number
}

/** Published is one line of the list of versions. */
export type TrialPublished = {
  hash: string
  number: number
  oid: string
  origin?: TrialOrigin // of one that was promoted
  publishedAt: string
  publishedBy: string
}

/** Site is a place that takes part in a trial. */
export type TrialSite = {
  activatedAt?: string // when it first became Active
  country?: string // as the study's rules name it (site.country): ISO 3166-1 alpha-2 where nothing speaks against it
  id: string
  name: Record<string, string>
  since?: string // when it went over to that
  state: string
  version?: number // that it works by; 0 is the newest
  zone: string // IANA time zone
}

/** TestFile is a file of cases. */
export type TrialTestFile = {
  name: string
  sha256: string
}

/** Tests is what acceptance tests said of a version before it was promoted, as the ledger keeps it. */
export type TrialTests = {
  cases: number
  covered: number // rules of which every outcome was seen
  files: TrialTestFile[]
  mutants: number
  noticed: number // mistakes put into rules that a case noticed
  passed: number
  rules: number
  sha256: string // of the whole report's JSON
}

/** Trial is one study. */
export type TrialTrial = {
  createdAt: string
  description: string
  environment: string
  id: string
  name: string
  version: number // the number of the newest definition, 0 before the first
}

/** Use is a version that a site works by, and since when. */
export type TrialUse = {
  by: string
  since: string
  site: string
  version: number
}

/** Waiver is a problem that somebody answers for. */
export type TrialWaiver = {
  name: string
  reason: string
}

/** Waiver is a problem that somebody answers for. */
export type TrialWaiverInput = {
  name?: string
  reason?: string
}

/** draftAnswer is a draft with what keeps it from being published. */
export type TrialDraftAnswer = {
  changedAt: string
  changedBy: string
  hash: string // of the content, see odm.Version.Hash
  losses?: OdmLoss[] // of the file that it was read from
  oid: string
  problems: TrialProblemText[]
  state: string
  waivers?: TrialWaiver[]
}

/** problemText is a problem with its sentence in every language. */
export type TrialProblemText = {
  code?: string
  kind: string // Faulty, Dangling or Kept
  line?: number
  name: string // e.g. "ItemDef[IT.SYS]/RangeCheck[2]", "FormDef[F.1]/ItemGroupDef[G.2]"
  place?: string // within a rule: "column 5"
  rule?: string // as it is written, of a rule
  texts?: Record<string, string>
}

/** View is a list with a name. */
export type ViewView = {
  by: string
  id: string
  mine: boolean
  name: string
  page: string // queries, review, visits, daily, trail, subjects
  query: string // of the page's address
  shared: boolean
}

/** Draft asks for a visit. */
export type VisitDraftInput = {
  kind?: string
  monitor?: string
  on?: string
  purpose?: string
  signal?: string
}

/** Figures are what the data say of the site. */
export type VisitFigures = {
  enrolled: number
  failed: number
  issues: number // not closed
  queries: number // open or answered
  screened: number
  signals?: string[]
  verify: number // forms that wait for source data verification, at most 1,000
}

/** Figures are what the data say of the site. */
export type VisitFiguresInput = {
  enrolled?: number
  failed?: number
  issues?: number // not closed
  queries?: number // open or answered
  screened?: number
  signals?: string[]
  verify?: number // forms that wait for source data verification, at most 1,000
}

/** Finding becomes an issue of the site when the report is signed. */
export type VisitFinding = {
  due: string
  issue?: string // its number
  owner: string
  severity: string
  title: string
}

/** Finding becomes an issue of the site when the report is signed. */
export type VisitFindingInput = {
  due?: string
  issue?: string // its number
  owner?: string
  severity?: string
  title?: string
}

/** Letter is what was written to the site. */
export type VisitLetter = {
  at: string
  by: string
  notice?: string // which carries it; none when nobody at the site could be told
  text: string
}

/** Receipt is how many at the site a letter has reached. */
export type VisitReceipt = {
  acknowledged: number
  read: number
  recipients: number
}

/** Report is what the monitor found. It holds the checklist with which it was begun beside the answers, so that a signature is over what was asked, too. */
export type VisitReport = {
  figures: VisitFigures // of the moment when it was signed
  findings?: VisitFinding[]
  form?: OdmVersion
  held: string
  present: string // who was met
  summary: string
  values: RecordValue[]
}

/** Report is what the monitor found. It holds the checklist with which it was begun beside the answers, so that a signature is over what was asked, too. */
export type VisitReportInput = {
  figures?: VisitFiguresInput // of the moment when it was signed
  findings?: VisitFindingInput[]
  form?: OdmVersionInput
  held?: string
  present?: string // who was met
  summary?: string
  values?: RecordValueInput[]
}

/** Step is one step of a visit, with what it needs. */
export type VisitStepInput = {
  on?: string // of move
  password?: string
  reason?: string // of move, cancel and return
  report?: VisitReportInput // of report
  step?: string
  text?: string // of confirm and follow
  user?: string // of sign and review
  version?: number
}

/** shown is a visit as the reader sees it. Who works at the site sees when it is and its letters; the report is the sponsor's. */
export type VisitShown = {
  confirmation?: VisitLetter
  followUp?: VisitLetter
  id: string
  kind: string
  late: number // days
  lateStep?: string
  monitor: string
  next: string[]
  on: string // planned for; once the report says so, held on
  purpose?: string
  report?: VisitReport
  returned?: SiteEnd // the last time
  reviewed?: SiteSignature
  signal?: string // the id of the one that made somebody go
  signed?: SiteSignature
  site: string
  state: string
  version: number
}

/** Every call of the API. */
export class Casebook extends Transport {

  /** Answers one's own second factor and sessions. GET /api/v1/account */
  authGetAccount(): Promise<{
    factor: boolean // an authenticator app
    passkey: boolean // whether one can be added: not where the server's name is an address
    passkeys: AuthPasskey[]
    recovery: number // codes that are left
    rules: AuthPasswordRules // beyond what everybody is asked
    sessions: AuthOpened[]
  }> { return this.call('GET', '/api/v1/account', {}, {}) }

  /** Takes one's own authenticator app away: {password, code}. DELETE /api/v1/account/factor */
  authDeleteFactor(body: {
    code?: string
    password?: string
  }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/account/factor', {}, {}, JSON.stringify(body), 'application/json') }

  /** Enrols a second factor: {password, secret, code}. POST /api/v1/account/factor */
  authPostFactor(body: {
    code?: string
    password?: string
    secret?: string
  }): Promise<{
    recovery: string[]
  }> { return this.call('POST', '/api/v1/account/factor', {}, {}, JSON.stringify(body), 'application/json') }

  /** Offers a secret for a second factor. POST /api/v1/account/factor/offer */
  authPostOffer(): Promise<AuthOffer> { return this.call('POST', '/api/v1/account/factor/offer', {}, {}) }

  /** Adds a passkey to one's own account: {password, code, name, passkey}. POST /api/v1/account/passkeys */
  authPostPasskey(body: {
    code?: string
    name?: string
    passkey?: unknown
    password?: string
  }): Promise<{
    recovery: string[]
  }> { return this.call('POST', '/api/v1/account/passkeys', {}, {}, JSON.stringify(body), 'application/json') }

  /** Offers what a browser needs to make a passkey. POST /api/v1/account/passkeys/offer */
  authPostPasskeyOffer(): Promise<AuthCreation> { return this.call('POST', '/api/v1/account/passkeys/offer', {}, {}) }

  /** Takes one of one's own passkeys away: {password, code}. DELETE /api/v1/account/passkeys/{passkey} */
  authDeletePasskey(p: { passkey: string }, body: {
    code?: string
    password?: string
  }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/account/passkeys/{passkey}', p, { passkey: 'path' }, JSON.stringify(body), 'application/json') }

  /** Gives one of one's own passkeys another name: {name}. PUT /api/v1/account/passkeys/{passkey} */
  authPutPasskey(p: { passkey: string }, body: {
    name?: string
  }): Promise<Record<string, unknown>> { return this.call('PUT', '/api/v1/account/passkeys/{passkey}', p, { passkey: 'path' }, JSON.stringify(body), 'application/json') }

  /** Exchanges one's own password: {password, code, new}. PUT /api/v1/account/password */
  authPutPassword(body: {
    code?: string
    new?: string
    password?: string
  }): Promise<AuthSession> { return this.call('PUT', '/api/v1/account/password', {}, {}, JSON.stringify(body), 'application/json') }

  /** Proves by a passkey who is signed in: {passkey}. POST /api/v1/account/proof */
  authPostProof(body: {
    passkey?: unknown
  }): Promise<{
    code: string
  }> { return this.call('POST', '/api/v1/account/proof', {}, {}, JSON.stringify(body), 'application/json') }

  /** Offers a challenge to who is signed in, for one of their own passkeys. POST /api/v1/account/proof/offer */
  authPostProofOffer(): Promise<AuthUse> { return this.call('POST', '/api/v1/account/proof/offer', {}, {}) }

  /** Ends all of one's own sessions but this one: {password}, or the code that stands for it at a signature. DELETE /api/v1/account/sessions */
  authDeleteDevices(body: {
    password?: string
  }): Promise<{
    ended: number
  }> { return this.call('DELETE', '/api/v1/account/sessions', {}, {}, JSON.stringify(body), 'application/json') }

  /** Ends one of one's own sessions: {password}, or the code that stands for it at a signature. DELETE /api/v1/account/sessions/{session} */
  authDeleteDevice(p: { session: string }, body: {
    password?: string
  }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/account/sessions/{session}', p, { session: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells who gave, rotated or revoked which key, changed which webhook, proposed, approved or took back which settings, gave whom which role, and placed or released which legal hold, on the platform and in all studies, the newest first. GET /api/v1/audit */
  platformAudit(p: { after?: string; kind?: string; study?: string; who?: string } = {}): Promise<{
    back?: string
    entries: PlatformAdministered[]
    next: string
  }> { return this.call('GET', '/api/v1/audit', p, {}) }

  /** Tells the clients of all studies, or of the one that is asked for, and what a client may be given. GET /api/v1/clients */
  authGetClients(p: { study?: string } = {}): Promise<{
    clients: AuthProgram[]
    scopes: string[]
  }> { return this.call('GET', '/api/v1/clients', p, {}) }

  /** Makes a client with its first key. POST /api/v1/clients */
  authPostClient(body: {
    expires?: string
    name?: string
    networks?: string[]
    scopes?: string[]
    sites?: string[]
    study?: string
  }): Promise<AuthNewKey> { return this.call('POST', '/api/v1/clients', {}, {}, JSON.stringify(body), 'application/json') }

  /** Revokes all keys of a client. DELETE /api/v1/clients/{client} */
  authDeleteClient(p: { client: string }, body: {
    reason?: string
  }): Promise<void> { return this.call('DELETE', '/api/v1/clients/{client}', p, { client: 'path' }, JSON.stringify(body), 'application/json') }

  /** Gives a client a new key; its others end after the hours of overlap. POST /api/v1/clients/{client}/keys */
  authPostKey(p: { client: string }, body: {
    expires?: string
    overlap?: number // hours
  }): Promise<AuthNewKey> { return this.call('POST', '/api/v1/clients/{client}/keys', p, { client: 'path' }, JSON.stringify(body), 'application/json') }

  /** Revokes one key of a client. DELETE /api/v1/clients/{client}/keys/{token} */
  authDeleteKey(p: { client: string; token: string }, body: {
    reason?: string
  }): Promise<void> { return this.call('DELETE', '/api/v1/clients/{client}/keys/{token}', p, { client: 'path', token: 'path' }, JSON.stringify(body), 'application/json') }

  /** Gives a client a study to practise on, and a key for it: a training study with the newest definition and the client's sites, invented subjects, and nothing of anybody's. POST /api/v1/clients/{client}/sandbox */
  platformPostSandbox(p: { client: string }): Promise<{
    client: string
    key: string
    study: string
  }> { return this.call('POST', '/api/v1/clients/{client}/sandbox', p, { client: 'path' }) }

  /** Says in a patient's name whether a correction is made. POST /api/v1/epro/changes/{change} */
  eproPostOwnChange(p: { change: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/epro/changes/{change}', p, { change: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes back what the patient has signed. DELETE /api/v1/epro/consent */
  eproDeleteOwnConsent(body: EproReasonedInput): Promise<{
    now: string
  }> { return this.call('DELETE', '/api/v1/epro/consent', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells a phone what there is to sign, and how its patient stands to it. GET /api/v1/epro/consent */
  eproGetOwnConsent(): Promise<{
    document?: ConsentDocument
    hash: string
    now: string
    number: number // of the version to sign; 0 for none
    signed: EproSigned[]
    state: string
  }> { return this.call('GET', '/api/v1/epro/consent', {}, {}) }

  /** Takes in what the patient has read, answered and signed on the phone. POST /api/v1/epro/consent */
  eproPostOwnConsent(body: unknown): Promise<EproAgreed> { return this.call('POST', '/api/v1/epro/consent', {}, {}, JSON.stringify(body), 'application/json') }

  /** Takes a phone into a study by its invitation. POST /api/v1/epro/enrol */
  eproPostEnrol(body: EproEnrolmentInput): Promise<EproEnrolled> { return this.call('POST', '/api/v1/epro/enrol', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells a phone all that it needs until its next contact. GET /api/v1/epro/plan */
  eproGetPlan(p: { 'If-None-Match'?: string } = {}): Promise<EproPlanned> { return this.call('GET', '/api/v1/epro/plan', p, { 'If-None-Match': 'header' }) }

  /** Tells a phone how its patient is reminded, and which ways there are: with push the key that a subscription is made for, with wechat the account that a sign-in is made for. GET /api/v1/epro/reach */
  eproGetOwnReach(): Promise<{
    push: string
    reach: EproReach[]
    ways: string[]
    wechat: string
  }> { return this.call('GET', '/api/v1/epro/reach', {}, {}) }

  /** The patient's own choice, from their phone. PUT /api/v1/epro/reach */
  eproPutOwnReach(body: EproReachInput): Promise<Record<string, unknown>> { return this.call('PUT', '/api/v1/epro/reach', {}, {}, JSON.stringify(body), 'application/json') }

  /** Takes in what a phone brings. POST /api/v1/epro/records */
  eproPostRecords(body: EproContactInput): Promise<EproAnswer> { return this.call('POST', '/api/v1/epro/records', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells which legal holds stand, oldest first, and how long the settings keep backups. GET /api/v1/holds */
  platformHolds(): Promise<{
    holds: RetentionHold[]
    rules: RetentionRules
  }> { return this.call('GET', '/api/v1/holds', {}, {}) }

  /** Places a legal hold on the backups of a study, or of all without one, in the name of who ordered it. POST /api/v1/holds */
  platformPlaceHold(body: {
    about?: string // none is every study
    by?: string // who ordered it
    reason?: string
  }): Promise<RetentionHold> { return this.call('POST', '/api/v1/holds', {}, {}, JSON.stringify(body), 'application/json') }

  /** Ends a legal hold, in the name of who said so, when whoever asks proves again who they are: what it kept may go tonight. POST /api/v1/holds/{hold}/release */
  platformReleaseHold(p: { hold: string }, body: {
    by?: string // who said so
    password?: string
    reason?: string
    user?: string // only at the first signature of a session
  }): Promise<void> { return this.call('POST', '/api/v1/holds/{hold}/release', p, { hold: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers whom a link is for: {token}. POST /api/v1/invitation */
  authPostInvitation(body: {
    token?: string
  }): Promise<{
    first: boolean
    user: string
  }> { return this.call('POST', '/api/v1/invitation', {}, {}, JSON.stringify(body), 'application/json') }

  /** Chooses the password: {token, password}, and of the first administrator {user, name, nameZh, locale}. PUT /api/v1/invitation */
  authPutInvitation(body: {
    locale?: string
    name?: string
    nameZh?: string
    password?: string
    token?: string
    user?: string
  }): Promise<{
    user: string
  }> { return this.call('PUT', '/api/v1/invitation', {}, {}, JSON.stringify(body), 'application/json') }

  /** Answers this API's document, OpenAPI 3.1. GET /api/v1/openapi.json */
  openapiServe(p: { 'If-None-Match'?: string } = {}): Promise<Record<string, unknown>> { return this.call('GET', '/api/v1/openapi.json', p, { 'If-None-Match': 'header' }) }

  /** Lists people and their roles. GET /api/v1/people */
  authGetPeople(): Promise<{
    content: string
    people: AuthMember[]
    roles: string[]
  }> { return this.call('GET', '/api/v1/people', {}, {}) }

  /** Invites a person. POST /api/v1/people */
  authPostPerson(body: {
    identified?: string // document, video, acquaintance or organisation
    locale?: string
    name?: string
    nameZh?: string
    user?: string
  }): Promise<AuthLink> { return this.call('POST', '/api/v1/people', {}, {}, JSON.stringify(body), 'application/json') }

  /** Answers the access review: one line for each role that somebody holds, and one for who holds none. GET /api/v1/people/report.csv */
  authGetReport(): Promise<Response> { return this.ask('GET', '/api/v1/people/report.csv', {}, {}) }

  /** Answers the reviews of who may do what, the last one first, and when the next is due. GET /api/v1/people/reviews */
  authGetReviews(): Promise<{
    due: string
    overdue: boolean
    reviews: AuthReview[]
  }> { return this.call('GET', '/api/v1/people/reviews', {}, {}) }

  /** Signs a review of who may do what and takes back what it says: {content, revoke, note, user, password}. POST /api/v1/people/reviews */
  authPostReview(body: {
    content?: string
    note?: string
    password?: string
    revoke?: AuthHeldInput[]
    user?: string // only at the first signature of a session
  }): Promise<AuthReview> { return this.call('POST', '/api/v1/people/reviews', {}, {}, JSON.stringify(body), 'application/json') }

  /** Ends a person's access. POST /api/v1/people/{user}/deactivation */
  authPostDeactivation(p: { user: string }, body: {
    reason?: string
  }): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/people/{user}/deactivation', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Ends a person's password and makes a link for a new one: {factor, identified, reason}. POST /api/v1/people/{user}/invitation */
  authPostReset(p: { user: string }, body: {
    factor?: boolean // the second factor goes, too
    identified?: string // how it is known who asks: document, video, acquaintance or organisation; must be said where the second factor goes
    reason?: string
  }): Promise<AuthLink> { return this.call('POST', '/api/v1/people/{user}/invitation', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes a role away. DELETE /api/v1/people/{user}/roles */
  authDeleteRole(p: { user: string }, body: {
    reason?: string
    role?: string
    site?: string
    study?: string
  }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/people/{user}/roles', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Gives a person a role. POST /api/v1/people/{user}/roles */
  authPostRole(p: { user: string }, body: AuthGrantInput): Promise<AuthGrant> { return this.call('POST', '/api/v1/people/{user}/roles', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Ends it before its time: {study, reason}. DELETE /api/v1/people/{user}/support */
  authDeleteSupport(p: { user: string }, body: {
    reason?: string
    study?: string
  }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/people/{user}/support', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lets somebody look into a study for so many hours: {study, hours, reason}. POST /api/v1/people/{user}/support */
  authPostSupport(p: { user: string }, body: {
    hours?: number
    reason?: string
    study?: string
  }): Promise<AuthSupport> { return this.call('POST', '/api/v1/people/{user}/support', p, { user: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists the templates of plans. GET /api/v1/plan-templates */
  siteGetTemplates(): Promise<{
    templates: PlanTemplate[]
  }> { return this.call('GET', '/api/v1/plan-templates', {}, {}) }

  /** Tells how one's studies stand: risk, open and late signals. GET /api/v1/portfolio */
  monitorGetPortfolio(): Promise<{
    studies: MonitorStanding[]
  }> { return this.call('GET', '/api/v1/portfolio', {}, {}) }

  /** Lists the studies at the caller's sites, and what investigators carry. GET /api/v1/projects */
  siteGetProjects(): Promise<{
    investigators: SiteLoad[]
    projects: SiteProject[]
  }> { return this.call('GET', '/api/v1/projects', {}, {}) }

  /** Takes in one report of a patient. POST /api/v1/reports */
  reportSubmit(p: { 'Idempotency-Key'?: string }, body: ReportReport): Promise<ReportReceipt> { return this.call('POST', '/api/v1/reports', p, { 'Idempotency-Key': 'header' }, JSON.stringify(body), 'application/json') }

  /** Takes in up to 1,000 reports, and says of each what became of it. POST /api/v1/reports/batch */
  reportsSubmit(body: ReportReports): Promise<ReportTaken> { return this.call('POST', '/api/v1/reports/batch', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells what other programs asked, the newest first: of one study, and of one client or with one kind of answer when that is asked for. GET /api/v1/requests */
  platformRequests(p: { before?: string; client?: string; status?: string; study?: string } = {}): Promise<{
    requests: PlatformRequest[]
  }> { return this.call('GET', '/api/v1/requests', p, {}) }

  /** Signs out. DELETE /api/v1/session */
  authDeleteSession(): Promise<void> { return this.call('DELETE', '/api/v1/session', {}, {}) }

  /** Tells who is signed in. GET /api/v1/session */
  authGetSession(): Promise<AuthSession> { return this.call('GET', '/api/v1/session', {}, {}) }

  /** Signs in. POST /api/v1/session */
  authPostSession(body: {
    code?: string // of the second factor
    password?: string
    user?: string
  }): Promise<AuthSession> { return this.call('POST', '/api/v1/session', {}, {}, JSON.stringify(body), 'application/json') }

  /** Signs in by a passkey: {passkey}, as PublicKeyCredential.toJSON gives it. POST /api/v1/session/passkey */
  authPostPasskeySession(body: {
    passkey?: unknown
  }): Promise<AuthSession> { return this.call('POST', '/api/v1/session/passkey', {}, {}, JSON.stringify(body), 'application/json') }

  /** Offers a challenge to who wants to sign in by a passkey. POST /api/v1/session/passkey/offer */
  authPostEnterOffer(): Promise<AuthUse> { return this.call('POST', '/api/v1/session/passkey/offer', {}, {}) }

  /** Sends a browser to the organisation's identity provider. GET /api/v1/session/provider */
  authGetProvider(): Promise<unknown> { return this.call('GET', '/api/v1/session/provider', {}, {}) }

  /** Takes a browser back from the identity provider, and opens a session or proves who signs. GET /api/v1/session/provider/answer */
  authGetAnswer(p: { code?: string; state?: string } = {}): Promise<unknown> { return this.call('GET', '/api/v1/session/provider/answer', p, {}) }

  /** Sends a browser to the identity provider, to prove again who signs. GET /api/v1/session/provider/proof */
  authGetProof(): Promise<unknown> { return this.call('GET', '/api/v1/session/provider/proof', {}, {}) }

  /** Tells the ways of signing in beside the password. GET /api/v1/session/ways */
  authGetWays(): Promise<{
    passkey: boolean
    provider: string
  }> { return this.call('GET', '/api/v1/session/ways', {}, {}) }

  /** Tells every setting with its value at a place, and how releases stand. GET /api/v1/settings */
  platformListSettings(p: { country?: string; organisation?: string; site?: string; study?: string } = {}): Promise<{
    organisations: string[]
    settings: {
      deepest: string
      default: string
      key: string
      kind: string
      level: string // where the value comes from
      range: string
      text: string
      value: string
    }[]
    standing: SettingsStanding
  }> { return this.call('GET', '/api/v1/settings', p, {}) }

  /** Takes in a signed release from another installation as a draft. POST /api/v1/settings/bundle */
  platformImportBundle(body: {
    bundle?: string
    reason?: string
  }): Promise<SettingsDraft> { return this.call('POST', '/api/v1/settings/bundle', {}, {}, JSON.stringify(body), 'application/json') }

  /** Lists drafts of settings. GET /api/v1/settings/drafts */
  platformDrafts(): Promise<{
    drafts: SettingsDraft[]
  }> { return this.call('GET', '/api/v1/settings/drafts', {}, {}) }

  /** Proposes changes of settings. POST /api/v1/settings/drafts */
  platformPropose(body: {
    changes?: SettingsChangeInput[]
    reason?: string
  }): Promise<SettingsDraft> { return this.call('POST', '/api/v1/settings/drafts', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells what a draft would change. GET /api/v1/settings/drafts/{draft} */
  platformDraft(p: { draft: string }): Promise<{
    diff: SettingsDifference[]
    draft: SettingsDraft
  }> { return this.call('GET', '/api/v1/settings/drafts/{draft}', p, { draft: 'path' }) }

  /** Approves a draft: it becomes a release, or a trial at some sites. POST /api/v1/settings/drafts/{draft}/approve */
  platformApprove(p: { draft: string }, body: {
    password?: string
    trial?: SettingsTrialInput
    user?: string // only at the first signature of a session
  }): Promise<{
    release: number
  }> { return this.call('POST', '/api/v1/settings/drafts/{draft}/approve', p, { draft: 'path' }, JSON.stringify(body), 'application/json') }

  /** Withdraws a draft. POST /api/v1/settings/drafts/{draft}/withdraw */
  platformWithdraw(p: { draft: string }, body: PlatformReasonInput): Promise<void> { return this.call('POST', '/api/v1/settings/drafts/{draft}/withdraw', p, { draft: 'path' }, JSON.stringify(body), 'application/json') }

  /** Explains why a setting has its value at a place. GET /api/v1/settings/explain */
  platformExplain(p: { country?: string; key?: string; organisation?: string; site?: string; study?: string } = {}): Promise<{
    release: number
    value: string
    why: SettingsWhy[]
  }> { return this.call('GET', '/api/v1/settings/explain', p, {}) }

  /** Lists processes with the release that each has. GET /api/v1/settings/processes */
  platformProcesses(): Promise<{
    processes: SettingsProcess[]
  }> { return this.call('GET', '/api/v1/settings/processes', {}, {}) }

  /** Lists releases. GET /api/v1/settings/releases */
  platformReleases(): Promise<{
    releases: SettingsReleased[]
  }> { return this.call('GET', '/api/v1/settings/releases', {}, {}) }

  /** Exports a release, signed. GET /api/v1/settings/releases/{number}/bundle */
  platformExport(p: { number: string }): Promise<Response> { return this.ask('GET', '/api/v1/settings/releases/{number}/bundle', p, { number: 'path' }) }

  /** Goes back to an earlier release, or ends a trial. POST /api/v1/settings/rollback */
  platformRollback(body: {
    reason?: string
    release?: number // 0 only ends a trial
  }): Promise<{
    release: number
  }> { return this.call('POST', '/api/v1/settings/rollback', {}, {}, JSON.stringify(body), 'application/json') }

  /** Lists the caller's studies. GET /api/v1/studies */
  trialGetAll(): Promise<{
    studies: {
      createdAt: string
      description: string
      environment: string
      id: string
      name: string
      roles: string[]
      sites: number
      subjects: number
      version: number // the number of the newest definition, 0 before the first
    }[]
  }> { return this.call('GET', '/api/v1/studies', {}, {}) }

  /** Adds a study without sites and versions, and makes somebody its data manager. POST /api/v1/studies */
  trialPostStudy(body: {
    description?: string
    environment?: string
    id?: string
    manager?: string
    name?: string
  }): Promise<TrialTrial> { return this.call('POST', '/api/v1/studies', {}, {}, JSON.stringify(body), 'application/json') }

  /** Tells of a study and its sites. GET /api/v1/studies/{study} */
  trialGetOne(p: { study: string }): Promise<{
    createdAt: string
    description: string
    environment: string
    id: string
    name: string
    roles: {
      role: string
      site: string
    }[]
    sites: TrialSite[]
    version: number // the number of the newest definition, 0 before the first
  }> { return this.call('GET', '/api/v1/studies/{study}', p, { study: 'path' }) }

  /** Answers the subjects of the reader's sites that are randomised, newest first. GET /api/v1/studies/{study}/allocations */
  allocationOverview(p: { study: string }): Promise<{
    may: AllocationMay
    ready: boolean // there is a list in use
    subjects: AllocationAssignment[]
  }> { return this.call('GET', '/api/v1/studies/{study}/allocations', p, { study: 'path' }) }

  /** Tells which amendments the ethics committees of a study's sites have approved, and from when on. GET /api/v1/studies/{study}/approvals */
  platformApprovals(p: { study: string }): Promise<{
    approvals: SettingsApproval[]
  }> { return this.call('GET', '/api/v1/studies/{study}/approvals', p, { study: 'path' }) }

  /** Records an ethics approval at a site. POST /api/v1/studies/{study}/approvals */
  platformRecordApproval(p: { study: string }, body: {
    amendment?: string
    at?: string
    reason?: string
    site?: string
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/approvals', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the blinded items of the study and the values at the reader's sites: of one subject when that is asked for, each as it is and then as it was. GET /api/v1/studies/{study}/blinded-values */
  blindedList(p: { study: string; subject?: string }): Promise<{
    items: BlindedAsked[]
    sites: string[] // where, "" alone at all
    values: BlindedValue[]
    write: boolean // the reader enters values at some site
  }> { return this.call('GET', '/api/v1/studies/{study}/blinded-values', p, { study: 'path' }) }

  /** Tells how far the sites are by a plan. GET /api/v1/studies/{study}/board */
  siteGetBoard(p: { study: string; template?: string }): Promise<{
    sites: SiteBoardRow[]
    template: string
  }> { return this.call('GET', '/api/v1/studies/{study}/board', p, { study: 'path' }) }

  /** Answers the feed in the form that the caller asks for: one answer, lines, or events. GET /api/v1/studies/{study}/changes */
  platformChanges(p: { study: string; after?: string; limit?: string; wait?: string; 'Last-Event-ID'?: string }): Promise<{
    changes: PlatformChange[]
    next: string
  }> { return this.call('GET', '/api/v1/studies/{study}/changes', p, { study: 'path', 'Last-Event-ID': 'header' }) }

  /** Answers what is frozen or locked in the study, for the lock board. GET /api/v1/studies/{study}/closures */
  edcClosures(p: { study: string }): Promise<{
    closures: EdcStageAnswer[]
  }> { return this.call('GET', '/api/v1/studies/{study}/closures', p, { study: 'path' }) }

  /** Tells how far coding has come, and the texts that wait, each once with its places; ?state=coded tells those that do not, ?kind narrows to a dictionary. GET /api/v1/studies/{study}/coding */
  codingGetWork(p: { study: string; kind?: string; state?: string }): Promise<CodingWork> { return this.call('GET', '/api/v1/studies/{study}/coding', p, { study: 'path' }) }

  /** Codes what has one meaning: names of terms and approved synonyms. POST /api/v1/studies/{study}/coding/automatic */
  codingPostAutomatic(p: { study: string }, body: {
  }): Promise<Record<string, number>> { return this.call('POST', '/api/v1/studies/{study}/coding/automatic', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Codes values as a person says, or takes their codes back, all or none. POST /api/v1/studies/{study}/coding/decisions */
  codingPostDecision(p: { study: string }, body: CodingChoiceInput): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/coding/decisions', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** The list of all values that are to be coded, with their codes, as CSV. GET /api/v1/studies/{study}/coding/export */
  codingExport(p: { study: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/coding/export', p, { study: 'path' }) }

  /** Asks the site about a value that cannot be coded. POST /api/v1/studies/{study}/coding/queries */
  codingPostQuery(p: { study: string }, body: {
    changes?: number // of the decision that was seen; 0 is none
    place?: string
    subject?: string
    text?: Record<string, string>
    verbatim?: string // the text that was seen
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/coding/queries', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells what the study codes, and which dictionaries are loaded. GET /api/v1/studies/{study}/coding/setup */
  codingGetSetup(p: { study: string }): Promise<CodingSetting> { return this.call('GET', '/api/v1/studies/{study}/coding/setup', p, { study: 'path' }) }

  /** Says what the study codes, by which versions. PUT /api/v1/studies/{study}/coding/setup */
  codingPutSetup(p: { study: string }, body: {
    items?: CodingItemInput[]
    reason?: string
    versions?: Record<string, string>
  }): Promise<CodingSetting> { return this.call('PUT', '/api/v1/studies/{study}/coding/setup', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the texts that the study reads as terms, with those that wait for somebody's approval. GET /api/v1/studies/{study}/coding/synonyms */
  codingGetSynonyms(p: { study: string }): Promise<Record<string, CodingAlias[]>> { return this.call('GET', '/api/v1/studies/{study}/coding/synonyms', p, { study: 'path' }) }

  /** Approves or retires a synonym. POST /api/v1/studies/{study}/coding/synonyms */
  codingPostSynonym(p: { study: string }, body: {
    kind?: string
    reason?: string
    state?: string
    text?: string // plain
  }): Promise<Record<string, CodingAlias[]>> { return this.call('POST', '/api/v1/studies/{study}/coding/synonyms', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Finds terms of a dictionary, by the version that the study works by, whose names have every word of ?q. GET /api/v1/studies/{study}/coding/terms */
  codingGetTerms(p: { study: string; kind?: string; q?: string }): Promise<Record<string, CodingTerm[]>> { return this.call('GET', '/api/v1/studies/{study}/coding/terms', p, { study: 'path' }) }

  /** Tells what another ?version of a ?dictionary would make of the study's codes, term by term, and changes nothing. GET /api/v1/studies/{study}/coding/upgrade */
  codingGetUpgrade(p: { study: string; dictionary?: string; version?: string }): Promise<Record<string, CodingShift[]>> { return this.call('GET', '/api/v1/studies/{study}/coding/upgrade', p, { study: 'path' }) }

  /** Answers the daily report by site: missing and unfinished forms, overdue visits, queries by age, days to entry and to verification, what waits to be verified: ?site. GET /api/v1/studies/{study}/daily */
  edcDaily(p: { study: string; after?: string; limit?: string; site?: string; status?: string }): Promise<{
    asOf: string
    sites: (EdcSiteDaily | null)[]
    total: EdcSiteDaily
  }> { return this.call('GET', '/api/v1/studies/{study}/daily', p, { study: 'path' }) }

  /** The daily report as CSV: its figures by site or, with ?kind, the forms and visits behind one. GET /api/v1/studies/{study}/daily/export */
  edcExportDaily(p: { study: string; after?: string; kind?: string; limit?: string; site?: string; status?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/daily/export', p, { study: 'path' }) }

  /** Answers the forms or visits behind a figure of the daily report: ?kind=missing|partial|overdue|unverified, site, after. GET /api/v1/studies/{study}/daily/pages */
  edcDailyPages(p: { study: string; after?: string; kind?: string; limit?: string; site?: string; status?: string }): Promise<{
    next: string
    pages: EdcFinding[]
  }> { return this.call('GET', '/api/v1/studies/{study}/daily/pages', p, { study: 'path' }) }

  /** Answers what subjects have asked about their data: what is open first, by deadline. GET /api/v1/studies/{study}/data-requests */
  siteGetDataRequests(p: { study: string }): Promise<{
    requests: SiteRequestShown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/data-requests', p, { study: 'path' }) }

  /** Answers a subject's request, refuses it, gives it more time or opens it again. POST /api/v1/studies/{study}/data-requests/{request}/steps */
  sitePostDataRequestStep(p: { study: string; request: string }, body: SiteRequestStepInput): Promise<SiteRequestShown> { return this.call('POST', '/api/v1/studies/{study}/data-requests/{request}/steps', p, { study: 'path', request: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the newest version, or ?version=N. GET /api/v1/studies/{study}/definition */
  trialGetDefinition(p: { study: string; version?: string; 'If-None-Match'?: string }): Promise<{
    definition: unknown
    hash: string
    publishedAt: string
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/definition', p, { study: 'path', 'If-None-Match': 'header' }) }

  /** Tells what a definition file holds and what would be lost. POST /api/v1/studies/{study}/definition/check */
  definitionPostCheck(p: { study: string; name?: string }, body: BodyInit): Promise<{
    format: string
    inventory: OdmInventory
    losses: OdmLoss[]
    name: string
    study: string
    versions: {
      hash: string
      name: string
      oid: string
    }[] // the last is the one that becomes a draft
  }> { return this.call('POST', '/api/v1/studies/{study}/definition/check', p, { study: 'path' }, body, 'application/octet-stream') }

  /** Sends the forms of a version on paper, blank or annotated. GET /api/v1/studies/{study}/definition/crf */
  definitionGetCRF(p: { study: string; annotated?: string; form?: string; lang?: string; version?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/definition/crf', p, { study: 'path' }) }

  /** Sends a version as a definition file. GET /api/v1/studies/{study}/definition/file */
  definitionGetFile(p: { study: string; form?: string; format?: string; version?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/definition/file', p, { study: 'path' }) }

  /** Lists the rules of a version with what they read and where they stand. GET /api/v1/studies/{study}/definition/rules */
  definitionGetRules(p: { study: string; version?: string }): Promise<{
    hash: string
    rules: DefinitionRule[]
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/definition/rules', p, { study: 'path' }) }

  /** Sends the edit-check specification of a version. GET /api/v1/studies/{study}/definition/specification */
  definitionGetSpecification(p: { study: string; lang?: string; version?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/definition/specification', p, { study: 'path' }) }

  /** Answers the documents of the study's file and of the reader's sites, and what is expected, expires or lacks. GET /api/v1/studies/{study}/documents */
  documentList(p: { study: string }): Promise<DocumentRoom> { return this.call('GET', '/api/v1/studies/{study}/documents', p, { study: 'path' }) }

  /** Files a new document at the site of the address, or in the study's own file. POST /api/v1/studies/{study}/documents */
  documentUpload(p: { study: string }, body: DocumentFilingInput): Promise<DocumentShown> { return this.call('POST', '/api/v1/studies/{study}/documents', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers one document with its last readers, newest first. GET /api/v1/studies/{study}/documents/{document} */
  documentGet(p: { study: string; document: string }): Promise<{
    id: string
    may: DocumentMay
    pending: boolean // the last version waits for a decision
    readers: DocumentReading[]
    site: string
    state: string
    title: string
    type: string
    version: number
    versions: DocumentVersion[]
  }> { return this.call('GET', '/api/v1/studies/{study}/documents/{document}', p, { study: 'path', document: 'path' }) }

  /** Takes a version of a document as good, with the signature of somebody who did not file it. POST /api/v1/studies/{study}/documents/{document}/acceptance */
  documentAccept(p: { study: string; document: string }, body: {
    password?: string
    user?: string
    version?: number
  }): Promise<DocumentShown> { return this.call('POST', '/api/v1/studies/{study}/documents/{document}/acceptance', p, { study: 'path', document: 'path' }, JSON.stringify(body), 'application/json') }

  /** Sends a version of a document back, with the reason. POST /api/v1/studies/{study}/documents/{document}/refusal */
  documentRefuse(p: { study: string; document: string }, body: {
    reason?: string
    version?: number
  }): Promise<DocumentShown> { return this.call('POST', '/api/v1/studies/{study}/documents/{document}/refusal', p, { study: 'path', document: 'path' }, JSON.stringify(body), 'application/json') }

  /** Files a new version of a document. POST /api/v1/studies/{study}/documents/{document}/versions */
  documentUploadVersion(p: { study: string; document: string }, body: DocumentFilingInput): Promise<DocumentShown> { return this.call('POST', '/api/v1/studies/{study}/documents/{document}/versions', p, { study: 'path', document: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers a version's bytes, after who reads it was written down. GET /api/v1/studies/{study}/documents/{document}/versions/{number} */
  documentDownload(p: { study: string; document: string; number: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/documents/{document}/versions/{number}', p, { study: 'path', document: 'path', number: 'path' }) }

  /** Lists drafts of the definition. GET /api/v1/studies/{study}/drafts */
  trialGetDrafts(p: { study: string }): Promise<{
    drafts: TrialDraft[]
  }> { return this.call('GET', '/api/v1/studies/{study}/drafts', p, { study: 'path' }) }

  /** Takes in the last version of a definition file of any format that is read; ?name= is the file's name. POST /api/v1/studies/{study}/drafts */
  trialPostDraft(p: { study: string; name?: string; visit?: string }, body: BodyInit): Promise<TrialDraftAnswer> { return this.call('POST', '/api/v1/studies/{study}/drafts', p, { study: 'path' }, body, 'application/octet-stream') }

  /** Throws a draft away. DELETE /api/v1/studies/{study}/drafts/{draft} */
  trialDeleteDraft(p: { study: string; draft: string; reason?: string }): Promise<void> { return this.call('DELETE', '/api/v1/studies/{study}/drafts/{draft}', p, { study: 'path', draft: 'path' }) }

  /** Answers a draft with its content and what keeps it from being published. GET /api/v1/studies/{study}/drafts/{draft} */
  trialGetDraft(p: { study: string; draft: string }): Promise<{
    changedAt: string
    changedBy: string
    definition: unknown
    hash: string // of the content, see odm.Version.Hash
    losses?: OdmLoss[] // of the file that it was read from
    oid: string
    problems: TrialProblemText[]
    state: string
    waivers?: TrialWaiver[]
  }> { return this.call('GET', '/api/v1/studies/{study}/drafts/{draft}', p, { study: 'path', draft: 'path' }) }

  /** Saves a definition as it was edited, in place of the draft that the caller saw. PUT /api/v1/studies/{study}/drafts/{draft} */
  trialPutDraft(p: { study: string; draft: string; 'If-Match'?: string; 'If-None-Match'?: string }, body: OdmVersionInput): Promise<TrialDraftAnswer> { return this.call('PUT', '/api/v1/studies/{study}/drafts/{draft}', p, { study: 'path', draft: 'path', 'If-Match': 'header', 'If-None-Match': 'header' }, JSON.stringify(body), 'application/json') }

  /** Publishes a validated draft: {hash}. POST /api/v1/studies/{study}/drafts/{draft}/publish */
  trialPostPublish(p: { study: string; draft: string }, body: {
    hash?: string
  }): Promise<TrialPublished> { return this.call('POST', '/api/v1/studies/{study}/drafts/{draft}/publish', p, { study: 'path', draft: 'path' }, JSON.stringify(body), 'application/json') }

  /** Moves a draft on: {hash, waivers}. POST /api/v1/studies/{study}/drafts/{draft}/validate */
  trialPostValidate(p: { study: string; draft: string }, body: {
    hash?: string
    waivers?: TrialWaiverInput[]
  }): Promise<TrialDraft> { return this.call('POST', '/api/v1/studies/{study}/drafts/{draft}/validate', p, { study: 'path', draft: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells enrolment against its target, with a forecast. GET /api/v1/studies/{study}/enrolment */
  siteGetEnrolment(p: { study: string }): Promise<SiteEnrolment> { return this.call('GET', '/api/v1/studies/{study}/enrolment', p, { study: 'path' }) }

  /** Answers which forms that are entered twice are not settled yet, the longest waiting first, 500 at most; left is how many more there are. GET /api/v1/studies/{study}/entries */
  edcEntries(p: { study: string }): Promise<{
    entries: EdcUnsettled[]
    left: number
  }> { return this.call('GET', '/api/v1/studies/{study}/entries', p, { study: 'path' }) }

  /** Tells how patients keep to their schedules. GET /api/v1/studies/{study}/epro */
  eproGetCompliance(p: { study: string }): Promise<EproCompliance> { return this.call('GET', '/api/v1/studies/{study}/epro', p, { study: 'path' }) }

  /** Lists alerts. GET /api/v1/studies/{study}/epro/alerts */
  eproGetAlerts(p: { study: string }): Promise<{
    alerts: EproAlert[]
    now: string
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/alerts', p, { study: 'path' }) }

  /** Takes note of an alert. POST /api/v1/studies/{study}/epro/alerts/{alert} */
  eproPostAcknowledge(p: { study: string; alert: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/studies/{study}/epro/alerts/{alert}', p, { study: 'path', alert: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists the corrections that were asked for, those that nobody has decided first. GET /api/v1/studies/{study}/epro/changes */
  eproGetChanges(p: { study: string }): Promise<{
    changes: {
      agreed?: boolean
      answers: EproAnswerShown[] // sent is what stood there, now what shall
      askedAt: string
      askedBy: string
      change: string
      decidedAs?: string // a role: patient or investigator
      decidedAt?: string
      decidedBy?: string
      form: string
      items: RecordValue[] // as they shall be
      note?: string
      old: RecordValue[] // as they were when it was asked
      reason: string
      record: string
      site: string
      subject: string
      title?: Record<string, string>
    }[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/changes', p, { study: 'path' }) }

  /** Says in an investigator's name whether a correction is made. POST /api/v1/studies/{study}/epro/changes/{change} */
  eproPostChangeDecision(p: { study: string; change: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/studies/{study}/epro/changes/{change}', p, { study: 'path', change: 'path' }, JSON.stringify(body), 'application/json') }

  /** Compliance as CSV. GET /api/v1/studies/{study}/epro/compliance.csv */
  eproGetComplianceCSV(p: { study: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/epro/compliance.csv', p, { study: 'path' }) }

  /** Shows the versions of the consent document, the text of the newest, and how each subject stands to it. GET /api/v1/studies/{study}/epro/consent */
  eproGetConsent(p: { study: string }): Promise<{
    document?: ConsentDocument
    draft?: EproDraft // without its text
    subjects: EproSubjectConsent[]
    versions: EproAgreement[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/consent', p, { study: 'path' }) }

  /** Publishes the next version of the consent document. PUT /api/v1/studies/{study}/epro/consent */
  eproPutConsent(p: { study: string }, body: unknown): Promise<{
    number: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/epro/consent', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Throws the consent document away that is being written. DELETE /api/v1/studies/{study}/epro/consent/draft */
  eproDeleteDraft(p: { study: string }): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/studies/{study}/epro/consent/draft', p, { study: 'path' }) }

  /** Shows the consent document that is being written. GET /api/v1/studies/{study}/epro/consent/draft */
  eproGetDraft(p: { study: string }): Promise<EproDrafted> { return this.call('GET', '/api/v1/studies/{study}/epro/consent/draft', p, { study: 'path' }) }

  /** Saves the consent document that is being written. PUT /api/v1/studies/{study}/epro/consent/draft */
  eproPutDraft(p: { study: string }, body: {
    document?: ConsentDocumentInput
    revision?: number // that this one was made from; 0 for the first
  }): Promise<EproDraft> { return this.call('PUT', '/api/v1/studies/{study}/epro/consent/draft', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Shows one version of the consent document. GET /api/v1/studies/{study}/epro/consent/{number} */
  eproGetConsentVersion(p: { study: string; number: string }): Promise<ConsentDocument> { return this.call('GET', '/api/v1/studies/{study}/epro/consent/{number}', p, { study: 'path', number: 'path' }) }

  /** Lists phones. GET /api/v1/studies/{study}/epro/phones */
  eproGetPhones(p: { study: string }): Promise<{
    phones: EproPhone[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/phones', p, { study: 'path' }) }

  /** Ends a phone's access. DELETE /api/v1/studies/{study}/epro/phones/{device} */
  eproDeletePhone(p: { study: string; device: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/studies/{study}/epro/phones/{device}', p, { study: 'path', device: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists what was put aside. GET /api/v1/studies/{study}/epro/quarantine */
  eproGetQuarantine(p: { study: string }): Promise<{
    records: EproShownAside[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/quarantine', p, { study: 'path' }) }

  /** Decides on what was put aside. POST /api/v1/studies/{study}/epro/quarantine/{record}/{hash} */
  eproPostDecision(p: { study: string; record: string; hash: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/studies/{study}/epro/quarantine/{record}/{hash}', p, { study: 'path', record: 'path', hash: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells how every patient is reminded, and whether it arrives. GET /api/v1/studies/{study}/epro/reach */
  eproGetReachable(p: { study: string }): Promise<{
    subjects: EproReached[]
    ways: string[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/reach', p, { study: 'path' }) }

  /** Lists the newest records of a subject, or of all that may be seen. GET /api/v1/studies/{study}/epro/records */
  eproGetRecords(p: { study: string; subject?: string }): Promise<{
    records: {
      closesAt?: string
      definition: number
      device: string
      finishedAt: string
      form: string
      hash: string
      language: string
      late: boolean
      openedAt: string // as can be trusted
      receipt: string
      receivedAt: string
      record: string
      reporter: string
      seq: number
      site: string
      subject: string
      title?: Record<string, string>
      window: string
    }[]
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/records', p, { study: 'path' }) }

  /** Shows what was sent, beside what is known about it. GET /api/v1/studies/{study}/epro/records/{record} */
  eproGetRecord(p: { study: string; record: string }): Promise<{
    answers: EproAnswerShown[]
    body: string
    closesAt?: string
    definition: number
    device: string
    finishedAt: string
    form: string
    hash: string
    issues: EproIssue[]
    language: string
    late: boolean
    openedAt: string // as can be trusted
    receipt: string
    receivedAt: string
    record: string
    reporter: string
    seq: number
    site: string
    subject: string
    window: string
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/records/{record}', p, { study: 'path', record: 'path' }) }

  /** Asks to have values of what a phone brought corrected, with a reason. POST /api/v1/studies/{study}/epro/records/{record}/changes */
  eproPostChange(p: { study: string; record: string }, body: EproReasonedInput): Promise<{
    change: string
  }> { return this.call('POST', '/api/v1/studies/{study}/epro/records/{record}/changes', p, { study: 'path', record: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the schedule in force. GET /api/v1/studies/{study}/epro/schedule */
  eproGetSchedule(p: { study: string }): Promise<{
    number: number
    schedule: ScheduleSchedule
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/schedule', p, { study: 'path' }) }

  /** Puts another schedule in force. PUT /api/v1/studies/{study}/epro/schedule */
  eproPutSchedule(p: { study: string }, body: ScheduleSchedule): Promise<{
    number: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/epro/schedule', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** What patients sent beside what stands there now, for an analysis of sensitivity, as CSV. GET /api/v1/studies/{study}/epro/sensitivity.csv */
  eproGetSensitivity(p: { study: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/epro/sensitivity.csv', p, { study: 'path' }) }

  /** Shows the subject's site a signature as it was sent, which is an entry. GET /api/v1/studies/{study}/epro/signatures/{consent} */
  eproGetSignature(p: { study: string; consent: string }): Promise<{
    body: string
    by?: string // who has recorded the paper
    consent: string
    device: string
    endedAt?: string // withdrawn
    endedBy?: string
    endedWhy?: string
    hash: string
    language: string
    number: number
    paper?: string // the date on the paper; "" for one that was signed on a phone
    receipt: string
    reporter: string
    signedAt: string // when it was on disk here
    site: string
    subject: string
  }> { return this.call('GET', '/api/v1/studies/{study}/epro/signatures/{consent}', p, { study: 'path', consent: 'path' }) }

  /** Lists every window that a schedule gives a subject: the study's own, or one that is tried. POST /api/v1/studies/{study}/epro/simulate */
  eproPostSimulate(p: { study: string }, body: {
    anchor?: string
    days?: number
    schedule?: unknown
    zone?: string
  }): Promise<{
    total: number
    windows: ScheduleWindow[]
  }> { return this.call('POST', '/api/v1/studies/{study}/epro/simulate', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Says which types of document the study and its sites are to have. PUT /api/v1/studies/{study}/expected-documents */
  documentPutExpected(p: { study: string }, body: {
    reason?: string
    types?: string[]
    version?: number
  }): Promise<{
    id: string
    site: string
    types: string[]
    version: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/expected-documents', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers which formats there are and how one's own exports stand. GET /api/v1/studies/{study}/exports */
  exportGetJobs(p: { study: string }): Promise<{
    exports: ExportJobAnswer[]
    formats: string[]
  }> { return this.call('GET', '/api/v1/studies/{study}/exports', p, { study: 'path' }) }

  /** Asks for an export: {format, site, asOf}. POST /api/v1/studies/{study}/exports */
  exportPostJob(p: { study: string }, body: {
    asOf?: string // a day, meaning its end in UTC, or a moment
    format?: string
    site?: string
  }): Promise<ExportJobAnswer> { return this.call('POST', '/api/v1/studies/{study}/exports', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Stops one's own export, or throws its file away. DELETE /api/v1/studies/{study}/exports/{export} */
  exportDeleteJob(p: { study: string; export: string }): Promise<void> { return this.call('DELETE', '/api/v1/studies/{study}/exports/{export}', p, { study: 'path', export: 'path' }) }

  /** Sends a file to whoever asked for it, if they still may have it, with its digest in Repr-Digest (RFC 9530). GET /api/v1/studies/{study}/exports/{export}/file */
  exportGetFile(p: { study: string; export: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/exports/{export}/file', p, { study: 'path', export: 'path' }) }

  /** Takes in a file that something else in the study will name, such as a notice that is being composed: a form (RFC 7578) with one part, file. POST /api/v1/studies/{study}/files */
  documentKeep(p: { study: string }): Promise<DocumentLoose> { return this.call('POST', '/api/v1/studies/{study}/files', p, { study: 'path' }) }

  /** Answers the register of the sites that the reader sees: devices, samples and drugs by lot, and beside them whether the numbered kits of the study drug add up. GET /api/v1/studies/{study}/goods */
  goodsList(p: { study: string }): Promise<GoodsRegister> { return this.call('GET', '/api/v1/studies/{study}/goods', p, { study: 'path' }) }

  /** Adds a signed line to an item: so much was received, used, returned, destroyed or corrected on a day. POST /api/v1/studies/{study}/goods/{item}/lines */
  goodsMove(p: { study: string; item: string }, body: {
    note?: string
    on?: string
    password?: string
    quantity?: number
    subject?: string
    user?: string
    version?: number
    what?: string
  }): Promise<GoodsShown> { return this.call('POST', '/api/v1/studies/{study}/goods/{item}/lines', p, { study: 'path', item: 'path' }, JSON.stringify(body), 'application/json') }

  /** Signs a line that another has signed, by who has seen what it says. POST /api/v1/studies/{study}/goods/{item}/lines/{line}/confirmation */
  goodsConfirm(p: { study: string; item: string; line: string }, body: {
    password?: string
    user?: string
    version?: number
  }): Promise<GoodsShown> { return this.call('POST', '/api/v1/studies/{study}/goods/{item}/lines/{line}/confirmation', p, { study: 'path', item: 'path', line: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells what waits for the caller. GET /api/v1/studies/{study}/inbox */
  noticeGetWaiting(p: { study: string }): Promise<NoticeWaiting> { return this.call('GET', '/api/v1/studies/{study}/inbox', p, { study: 'path' }) }

  /** Shows the caller's notices, which are thereby received: it is no GET, which a browser may send by itself. POST /api/v1/studies/{study}/inbox */
  noticePostInbox(p: { study: string }): Promise<{
    letters: NoticeLetterJSON[]
  }> { return this.call('POST', '/api/v1/studies/{study}/inbox', p, { study: 'path' }) }

  /** For one's own mail address and telephone. PUT /api/v1/studies/{study}/inbox/reach */
  noticePutOwnReach(p: { study: string }, body: {
    address?: string
    channel?: string
  }): Promise<NoticeReach> { return this.call('PUT', '/api/v1/studies/{study}/inbox/reach', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Opens a notice. POST /api/v1/studies/{study}/inbox/{notice} */
  noticePostOpen(p: { study: string; notice: string }, body: NoticePlaceInput): Promise<NoticeLetterJSON> { return this.call('POST', '/api/v1/studies/{study}/inbox/{notice}', p, { study: 'path', notice: 'path' }, JSON.stringify(body), 'application/json') }

  /** Signs that a notice has been read. POST /api/v1/studies/{study}/inbox/{notice}/acknowledgement */
  noticePostAcknowledgement(p: { study: string; notice: string }, body: {
    password?: string
    site?: string
    user?: string
    zone?: string
  }): Promise<NoticeLetterJSON> { return this.call('POST', '/api/v1/studies/{study}/inbox/{notice}/acknowledgement', p, { study: 'path', notice: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers a notice. POST /api/v1/studies/{study}/inbox/{notice}/answer */
  noticePostAnswer(p: { study: string; notice: string }, body: {
    items?: RecordValueInput[]
    reason?: string
    site?: string
  }): Promise<NoticeLetterJSON> { return this.call('POST', '/api/v1/studies/{study}/inbox/{notice}/answer', p, { study: 'path', notice: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers one of the attachments of the caller's own notice at ?site=, which they have opened. GET /api/v1/studies/{study}/inbox/{notice}/attachments/{number} */
  noticeGetLetterAttachment(p: { study: string; notice: string; number: string; site?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/inbox/{notice}/attachments/{number}', p, { study: 'path', notice: 'path', number: 'path' }) }

  /** Lists indicators. GET /api/v1/studies/{study}/indicators */
  monitorGetIndicators(p: { study: string }): Promise<{
    edited: string[]
    indicators: (MonitorIndicator | null)[]
  }> { return this.call('GET', '/api/v1/studies/{study}/indicators', p, { study: 'path' }) }

  /** Adds or changes an indicator. POST /api/v1/studies/{study}/indicators */
  monitorPostIndicator(p: { study: string }, body: {
    indicator?: MonitorIndicatorInput
    reason?: string
  }): Promise<{
    indicator: MonitorIndicator
  }> { return this.call('POST', '/api/v1/studies/{study}/indicators', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tries an indicator on the study as it is. POST /api/v1/studies/{study}/indicators/simulation */
  monitorPostSimulation(p: { study: string }, body: {
    indicator?: MonitorIndicatorInput
    reason?: string
  }): Promise<MonitorSimulation> { return this.call('POST', '/api/v1/studies/{study}/indicators/simulation', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the versions of an indicator, the one that stands first. GET /api/v1/studies/{study}/indicators/{kri} */
  monitorGetIndicator(p: { study: string; kri: string }): Promise<{
    versions: MonitorEdition[]
  }> { return this.call('GET', '/api/v1/studies/{study}/indicators/{kri}', p, { study: 'path', kri: 'path' }) }

  /** Lists issues. GET /api/v1/studies/{study}/issues */
  siteGetIssues(p: { study: string }): Promise<{
    issues: SiteShown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/issues', p, { study: 'path' }) }

  /** Takes a step on an issue. POST /api/v1/studies/{study}/issues/{issue}/steps */
  sitePostStep(p: { study: string; issue: string }, body: SiteIssueStepInput): Promise<SiteShown> { return this.call('POST', '/api/v1/studies/{study}/issues/{issue}/steps', p, { study: 'path', issue: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes in the kits of a shipment. POST /api/v1/studies/{study}/kit-shipments */
  kitSend(p: { study: string }, body: {
    csv?: string
    site?: string
    units?: number
  }): Promise<{
    shipment: string
  }> { return this.call('POST', '/api/v1/studies/{study}/kit-shipments', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes a shipment into the stock of its site. POST /api/v1/studies/{study}/kit-shipments/{shipment}/receipt */
  kitReceive(p: { study: string; shipment: string }, body: {
    reason?: string
    spoiled?: string[]
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/kit-shipments/{shipment}/receipt', p, { study: 'path', shipment: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers what every kit holds: looking is an entry of the ledger. GET /api/v1/studies/{study}/kit-stock */
  kitStock(p: { study: string }): Promise<{
    kits: KitHeld[]
  }> { return this.call('GET', '/api/v1/studies/{study}/kit-stock', p, { study: 'path' }) }

  /** Sends kits from one site's stock on to another site, which receives them as a shipment: {from, to, kits, reason}. POST /api/v1/studies/{study}/kit-transfers */
  kitTransfer(p: { study: string }, body: {
    from?: string
    kits?: string[]
    reason?: string
    to?: string
  }): Promise<{
    shipment: string
  }> { return this.call('POST', '/api/v1/studies/{study}/kit-transfers', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the kits of the reader's sites and whether they add up. GET /api/v1/studies/{study}/kits */
  kitList(p: { study: string }): Promise<KitListed> { return this.call('GET', '/api/v1/studies/{study}/kits', p, { study: 'path' }) }

  /** Takes a kit back from its subject. POST /api/v1/studies/{study}/kits/{kit}/return */
  kitTakeBack(p: { study: string; kit: string }, body: {
    units?: number
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/kits/{kit}/return', p, { study: 'path', kit: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes a kit out of the stock. POST /api/v1/studies/{study}/kits/{kit}/spoiling */
  kitSpoil(p: { study: string; kit: string }, body: {
    reason?: string
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/kits/{kit}/spoiling', p, { study: 'path', kit: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the results at the caller's sites in a state: waiting, accepted or refused. GET /api/v1/studies/{study}/lab-results */
  labGetResults(p: { study: string; state?: string }): Promise<{
    results: LabShown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/lab-results', p, { study: 'path' }) }

  /** Takes results in, all or none, to wait for a person: JSON {results}, or CSV with a line of names. POST /api/v1/studies/{study}/lab-results */
  labPostResults(p: { study: string }, body: {
    results?: LabSentInput[]
  }): Promise<{
    results: LabResult[]
  }> { return this.call('POST', '/api/v1/studies/{study}/lab-results', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Accepts a result into a visit's form, or refuses it with a reason. POST /api/v1/studies/{study}/lab-results/{result}/decision */
  labPostDecision(p: { study: string; result: string }, body: {
    accept?: boolean
    event?: string
    eventRepeat?: string
    item?: string // where several mean the code
    reason?: string
  }): Promise<LabResult> { return this.call('POST', '/api/v1/studies/{study}/lab-results/{result}/decision', p, { study: 'path', result: 'path' }, JSON.stringify(body), 'application/json') }

  /** Streams what happens in a study until the reader goes, Run ends or the stream has lasted long enough. GET /api/v1/studies/{study}/live */
  monitorGetLive(p: { study: string; 'Last-Event-ID'?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/live', p, { study: 'path', 'Last-Event-ID': 'header' }) }

  /** Answers the home of data entry: subjects by forms. GET /api/v1/studies/{study}/matrix */
  edcMatrix(p: { study: string; after?: string; limit?: string; site?: string; status?: string }): Promise<{
    columns: EdcColumn[]
    next: string
    rows: EdcRow[]
    total: number
  }> { return this.call('GET', '/api/v1/studies/{study}/matrix', p, { study: 'path' }) }

  /** Tells how the sites stand by one indicator. GET /api/v1/studies/{study}/monitoring */
  monitorGetMonitoring(p: { study: string; kri?: string }): Promise<MonitorMonitoringJSON> { return this.call('GET', '/api/v1/studies/{study}/monitoring', p, { study: 'path' }) }

  /** Answers the visits, those overdue longest first, then by day; what is over comes last. GET /api/v1/studies/{study}/monitoring-visits */
  visitList(p: { study: string }): Promise<{
    kinds: string[]
    sites: Record<string, Record<string, string>>
    visits: VisitShown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/monitoring-visits', p, { study: 'path' }) }

  /** Answers one visit, the checklist, and what the data say of the site now. GET /api/v1/studies/{study}/monitoring-visits/{visit} */
  visitGet(p: { study: string; visit: string }): Promise<{
    checklist?: RecordAloneShown // the sponsor's
    confirmation?: VisitLetter
    figures?: VisitFigures
    followUp?: VisitLetter
    id: string
    kind: string
    late: number // days
    lateStep?: string
    monitor: string
    name: Record<string, string>
    next: string[]
    on: string // planned for; once the report says so, held on
    purpose?: string
    receipts: Record<string, VisitReceipt> // Receipts are how far the letters have come, by the notices that carry them.
    report?: VisitReport
    returned?: SiteEnd // the last time
    reviewed?: SiteSignature
    signal?: string // the id of the one that made somebody go
    signed?: SiteSignature
    site: string
    state: string
    today: string
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/monitoring-visits/{visit}', p, { study: 'path', visit: 'path' }) }

  /** Takes a step of a monitoring visit: letters, report, signature, review, another day, cancelling. POST /api/v1/studies/{study}/monitoring-visits/{visit}/steps */
  visitStep(p: { study: string; visit: string }, body: VisitStepInput): Promise<VisitShown> { return this.call('POST', '/api/v1/studies/{study}/monitoring-visits/{visit}/steps', p, { study: 'path', visit: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells how the sites stand by all indicators. GET /api/v1/studies/{study}/monitoring/overview */
  monitorGetOverview(p: { study: string }): Promise<MonitorOverviewJSON> { return this.call('GET', '/api/v1/studies/{study}/monitoring/overview', p, { study: 'path' }) }

  /** Tells what an indicator would notice in a study of this size. GET /api/v1/studies/{study}/monitoring/power */
  monitorGetPower(p: { study: string; kri?: string }): Promise<{
    kri: string
    power: HarnessPower
    rounds: number
    seed: number
    sites: number
    subjects: number
  }> { return this.call('GET', '/api/v1/studies/{study}/monitoring/power', p, { study: 'path' }) }

  /** Stops the study's rehearsal. DELETE /api/v1/studies/{study}/monitoring/rehearsal */
  monitorDeleteRehearsal(p: { study: string }): Promise<void> { return this.call('DELETE', '/api/v1/studies/{study}/monitoring/rehearsal', p, { study: 'path' }) }

  /** Answers the study's newest rehearsal, if there is one: how far it is, and what it found. GET /api/v1/studies/{study}/monitoring/rehearsal */
  monitorGetRehearsal(p: { study: string }): Promise<{
    rehearsals: MonitorRehearsal[]
  }> { return this.call('GET', '/api/v1/studies/{study}/monitoring/rehearsal', p, { study: 'path' }) }

  /** Asks for a rehearsal of the study's own data: {kri}. POST /api/v1/studies/{study}/monitoring/rehearsal */
  monitorPostRehearsal(p: { study: string }, body: {
    kri?: string
  }): Promise<{
    rehearsal: MonitorRehearsal
  }> { return this.call('POST', '/api/v1/studies/{study}/monitoring/rehearsal', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers one site: its figures by every indicator, the course of its scores, and its last digits. GET /api/v1/studies/{study}/monitoring/sites/{site} */
  monitorGetSite(p: { study: string; site: string }): Promise<{
    course: MonitorCourseJSON
    digits: MonitorDigitsJSON[]
    overview: MonitorOverviewJSON
  }> { return this.call('GET', '/api/v1/studies/{study}/monitoring/sites/{site}', p, { study: 'path', site: 'path' }) }

  /** Explains a site's score. GET /api/v1/studies/{study}/monitoring/sites/{site}/{kri} */
  monitorGetExplained(p: { study: string; site: string; kri: string }): Promise<MonitorExplained> { return this.call('GET', '/api/v1/studies/{study}/monitoring/sites/{site}/{kri}', p, { study: 'path', site: 'path', kri: 'path' }) }

  /** Lists notices. GET /api/v1/studies/{study}/notices */
  noticeGetNotices(p: { study: string }): Promise<{
    notices: NoticeNoticeJSON[]
  }> { return this.call('GET', '/api/v1/studies/{study}/notices', p, { study: 'path' }) }

  /** Sends a notice. POST /api/v1/studies/{study}/notices */
  noticePostNotice(p: { study: string }, body: NoticeDraftInput): Promise<NoticeNotice> { return this.call('POST', '/api/v1/studies/{study}/notices', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells whom a notice would reach, and how it would read. POST /api/v1/studies/{study}/notices/preview */
  noticePostPreview(p: { study: string }, body: NoticeDraftInput): Promise<NoticePreview> { return this.call('POST', '/api/v1/studies/{study}/notices/preview', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells what became of a notice. GET /api/v1/studies/{study}/notices/{notice} */
  noticeGetNotice(p: { study: string; notice: string }): Promise<{
    filing: NoticeFiling
    left: Record<string, number>
    matrix: NoticeMatrix
    notice: NoticeNotice
    senderName: string
    texts: Record<string, NoticeFrozen>
    title: Record<string, string>
  }> { return this.call('GET', '/api/v1/studies/{study}/notices/{notice}', p, { study: 'path', notice: 'path' }) }

  /** Tells the answers, question by question. GET /api/v1/studies/{study}/notices/{notice}/answers */
  noticeGetAnswers(p: { study: string; notice: string }): Promise<{
    questions: NoticeQuestion[]
  }> { return this.call('GET', '/api/v1/studies/{study}/notices/{notice}/answers', p, { study: 'path', notice: 'path' }) }

  /** Answers one of a notice's attachments to who manages the study. GET /api/v1/studies/{study}/notices/{notice}/attachments/{number} */
  noticeGetAttachment(p: { study: string; notice: string; number: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/notices/{notice}/attachments/{number}', p, { study: 'path', notice: 'path', number: 'path' }) }

  /** Calls a notice back. POST /api/v1/studies/{study}/notices/{notice}/cancel */
  noticePostCancel(p: { study: string; notice: string }, body: {
    reason?: string
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/notices/{notice}/cancel', p, { study: 'path', notice: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the recipients with what became of the notice and what they replied, as CSV or XLSX. GET /api/v1/studies/{study}/notices/{notice}/export */
  noticeGetExport(p: { study: string; notice: string; format?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/notices/{notice}/export', p, { study: 'path', notice: 'path' }) }

  /** Has the notice filed in the sites' files as it stands now. POST /api/v1/studies/{study}/notices/{notice}/filing */
  noticePostFiling(p: { study: string; notice: string }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/notices/{notice}/filing', p, { study: 'path', notice: 'path' }) }

  /** Streams a notice's matrix: first all of it, then the sites that have moved. GET /api/v1/studies/{study}/notices/{notice}/live */
  noticeGetLive(p: { study: string; notice: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/notices/{notice}/live', p, { study: 'path', notice: 'path' }) }

  /** Answers the recipients at ?site=, or with ?missing=1 those of whom something is expected, up to a page. GET /api/v1/studies/{study}/notices/{notice}/recipients */
  noticeGetRecipients(p: { study: string; notice: string; missing?: string; site?: string }): Promise<{
    recipients: NoticeRecipientJSON[]
  }> { return this.call('GET', '/api/v1/studies/{study}/notices/{notice}/recipients', p, { study: 'path', notice: 'path' }) }

  /** Reminds those who have not answered. POST /api/v1/studies/{study}/notices/{notice}/remind */
  noticePostRemind(p: { study: string; notice: string }): Promise<{
    reminded: number
  }> { return this.call('POST', '/api/v1/studies/{study}/notices/{notice}/remind', p, { study: 'path', notice: 'path' }) }

  /** Tells whose a study is. GET /api/v1/studies/{study}/organisation */
  platformOrganisation(p: { study: string }): Promise<{
    organisation: string
  }> { return this.call('GET', '/api/v1/studies/{study}/organisation', p, { study: 'path' }) }

  /** Records whose a study is from now on: the settings of that organisation hold there, unless the study, the country or the site has its own. PUT /api/v1/studies/{study}/organisation */
  platformBelong(p: { study: string }, body: {
    organisation?: string
    reason?: string
  }): Promise<void> { return this.call('PUT', '/api/v1/studies/{study}/organisation', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the accounts of the sites that the reader sees, without their lines. GET /api/v1/studies/{study}/payments */
  paymentList(p: { study: string }): Promise<{
    accounts: PaymentShown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/payments', p, { study: 'path' }) }

  /** Approves a statement, with the signature of somebody who did not prepare it. POST /api/v1/studies/{study}/payments/{statement}/approval */
  paymentApprove(p: { study: string; statement: string }, body: {
    password?: string
    user?: string
    version?: number
  }): Promise<PaymentShown> { return this.call('POST', '/api/v1/studies/{study}/payments/{statement}/approval', p, { study: 'path', statement: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers a statement as CSV or XLSX, after it was written down that it leaves. GET /api/v1/studies/{study}/payments/{statement}/export */
  paymentExport(p: { study: string; statement: string; format?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/payments/{statement}/export', p, { study: 'path', statement: 'path' }) }

  /** Sends a statement back, with the reason. POST /api/v1/studies/{study}/payments/{statement}/refusal */
  paymentRefuse(p: { study: string; statement: string }, body: {
    reason?: string
    version?: number
  }): Promise<PaymentShown> { return this.call('POST', '/api/v1/studies/{study}/payments/{statement}/refusal', p, { study: 'path', statement: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the plan of verification. GET /api/v1/studies/{study}/plan */
  edcPlan(p: { study: string }): Promise<{
    at: string
    by: string
    drawn: RecordDrawn[]
    number: number
    plan: RecordPlan
  }> { return this.call('GET', '/api/v1/studies/{study}/plan', p, { study: 'path' }) }

  /** Puts another plan of verification in force: {plan, reason}, with the number of the one that its author saw. PUT /api/v1/studies/{study}/plan */
  edcSetPlan(p: { study: string }, body: {
    number?: number
    plan?: RecordPlanInput
    reason?: string
  }): Promise<{
    at: string
    by: string
    number: number
    plan: RecordPlan
  }> { return this.call('PUT', '/api/v1/studies/{study}/plan', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Publishes a version that was tested in a copy. POST /api/v1/studies/{study}/promotions */
  definitionPostPromotion(p: { study: string }, body: DefinitionPromotionInput): Promise<{
    hash: string
    number: number
    report: AcceptanceReport | null
  }> { return this.call('POST', '/api/v1/studies/{study}/promotions', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists queries. GET /api/v1/studies/{study}/queries */
  edcQueries(p: { study: string; after?: string; age?: string; assignee?: string; form?: string; site?: string; source?: string; state?: string; subject?: string }): Promise<{
    next: string
    queries: EdcQuery[]
  }> { return this.call('GET', '/api/v1/studies/{study}/queries', p, { study: 'path' }) }

  /** Opens a query about an item: {subject, event, eventRepeat, form, formRepeat, group, repeat, item, text or template, assignee, candidate}. POST /api/v1/studies/{study}/queries */
  edcRaiseQuery(p: { study: string }, body: {
    assignee?: string
    candidate?: boolean
    event?: string
    eventRepeat?: string
    form?: string
    formRepeat?: string
    group?: string
    item?: string
    repeat?: string
    subject?: string
    template?: string
    text?: string
  }): Promise<EdcQuery> { return this.call('POST', '/api/v1/studies/{study}/queries', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Counts queries. GET /api/v1/studies/{study}/queries/counts */
  edcQueryCounts(p: { study: string }): Promise<{
    counts: RecordQueryCount[]
  }> { return this.call('GET', '/api/v1/studies/{study}/queries/counts', p, { study: 'path' }) }

  /** The list of queries as CSV, page by page, so that it may be of any length. GET /api/v1/studies/{study}/queries/export */
  edcExportQueries(p: { study: string; after?: string; age?: string; assignee?: string; form?: string; site?: string; source?: string; state?: string; subject?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/queries/export', p, { study: 'path' }) }

  /** Answers the list of queries as it was: ?at=TIME&state=…&site=…. GET /api/v1/studies/{study}/queries/past */
  edcPastQueries(p: { study: string; after?: string; age?: string; assignee?: string; at?: string; form?: string; site?: string; source?: string; state?: string; subject?: string }): Promise<{
    next: string
    queries: EdcQuery[]
  }> { return this.call('GET', '/api/v1/studies/{study}/queries/past', p, { study: 'path' }) }

  /** Takes one step on one query or on many, all or none: {action, text, assignee, queries: [{subject, id}]}. POST /api/v1/studies/{study}/queries/steps */
  edcStepQueries(p: { study: string }, body: {
    action?: string
    assignee?: string
    queries?: {
      id?: string
      subject?: string
    }[]
    text?: string
  }): Promise<{
    next: string
    queries: EdcQuery[]
  }> { return this.call('POST', '/api/v1/studies/{study}/queries/steps', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists sentences for queries. GET /api/v1/studies/{study}/queries/templates */
  edcQueryTemplates(p: { study: string }): Promise<{
    templates: EdcTemplate[]
  }> { return this.call('GET', '/api/v1/studies/{study}/queries/templates', p, { study: 'path' }) }

  /** Answers the lists without what is sealed. GET /api/v1/studies/{study}/randomisation-lists */
  allocationGetLists(p: { study: string }): Promise<{
    lists: AllocationList[]
  }> { return this.call('GET', '/api/v1/studies/{study}/randomisation-lists', p, { study: 'path' }) }

  /** Makes a list by lot, or takes in the one that csv holds, as a draft. POST /api/v1/studies/{study}/randomisation-lists */
  allocationPostList(p: { study: string }, body: AllocationPlanInput): Promise<AllocationList> { return this.call('POST', '/api/v1/studies/{study}/randomisation-lists', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Opens a list: looking is an entry of the ledger. GET /api/v1/studies/{study}/randomisation-lists/{list} */
  allocationGetList(p: { study: string; list: string }): Promise<AllocationOpened> { return this.call('GET', '/api/v1/studies/{study}/randomisation-lists/{list}', p, { study: 'path', list: 'path' }) }

  /** Closes a list: it gives no more places. POST /api/v1/studies/{study}/randomisation-lists/{list}/closing */
  allocationPostClosing(p: { study: string; list: string }, body: {
    reason?: string
  }): Promise<AllocationList> { return this.call('POST', '/api/v1/studies/{study}/randomisation-lists/{list}/closing', p, { study: 'path', list: 'path' }, JSON.stringify(body), 'application/json') }

  /** Puts a draft in use, with a signature. POST /api/v1/studies/{study}/randomisation-lists/{list}/release */
  allocationPostRelease(p: { study: string; list: string }, body: {
    password?: string
    user?: string
  }): Promise<AllocationList> { return this.call('POST', '/api/v1/studies/{study}/randomisation-lists/{list}/release', p, { study: 'path', list: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists how people are reached. GET /api/v1/studies/{study}/reach */
  noticeGetReach(p: { study: string }): Promise<{
    reach: NoticeReach[]
  }> { return this.call('GET', '/api/v1/studies/{study}/reach', p, { study: 'path' }) }

  /** Sets how somebody is reached. PUT /api/v1/studies/{study}/reach */
  noticePutReach(p: { study: string }, body: NoticeReachInput): Promise<NoticeReach> { return this.call('PUT', '/api/v1/studies/{study}/reach', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers which forms wait for a review: ?kind=sdv|medical|data, site, subject, form, after. GET /api/v1/studies/{study}/reviews */
  edcWorkList(p: { study: string; after?: string; form?: string; kind?: string; site?: string; subject?: string }): Promise<{
    next: string
    work: EdcWorkAnswer[]
  }> { return this.call('GET', '/api/v1/studies/{study}/reviews', p, { study: 'path' }) }

  /** Answers the cases of the reader's sites, what is due next first, with the time of the answer. GET /api/v1/studies/{study}/safety/cases */
  safetyList(p: { study: string }): Promise<{
    asOf: string
    cases: SafetyShown[]
    log: boolean
    message: boolean
    sites: Record<string, Record<string, string>>
    write: boolean
  }> { return this.call('GET', '/api/v1/studies/{study}/safety/cases', p, { study: 'path' }) }

  /** Get. GET /api/v1/studies/{study}/safety/cases/{case} */
  safetyGet(p: { study: string; case: string }): Promise<SafetyOne> { return this.call('GET', '/api/v1/studies/{study}/safety/cases/{case}', p, { study: 'path', case: 'path' }) }

  /** Keeps the sponsor's judgement. POST /api/v1/studies/{study}/safety/cases/{case}/assessments */
  safetyAssess(p: { study: string; case: string }, body: {
    causality?: string
    comment?: string
    expected?: boolean
    reason?: string
    version?: number
  }): Promise<SafetyOne> { return this.call('POST', '/api/v1/studies/{study}/safety/cases/{case}/assessments', p, { study: 'path', case: 'path' }, JSON.stringify(body), 'application/json') }

  /** Keeps the draft of the next version; without a report it is thrown away. PUT /api/v1/studies/{study}/safety/cases/{case}/draft */
  safetyPutDraft(p: { study: string; case: string }, body: {
    report?: SafetyReportInput
    version?: number
  }): Promise<SafetyOne> { return this.call('PUT', '/api/v1/studies/{study}/safety/cases/{case}/draft', p, { study: 'path', case: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers a version of a case as a message of E2B(R3): ?report is its number, the newest without. GET /api/v1/studies/{study}/safety/cases/{case}/e2b */
  safetyExport(p: { study: string; case: string; report?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/safety/cases/{case}/e2b', p, { study: 'path', case: 'path' }) }

  /** Says that a case was none. POST /api/v1/studies/{study}/safety/cases/{case}/nullification */
  safetyNullify(p: { study: string; case: string }, body: SafetySigningInput): Promise<SafetyOne> { return this.call('POST', '/api/v1/studies/{study}/safety/cases/{case}/nullification', p, { study: 'path', case: 'path' }, JSON.stringify(body), 'application/json') }

  /** Writes down that somebody was told. POST /api/v1/studies/{study}/safety/cases/{case}/told */
  safetyTell(p: { study: string; case: string }, body: {
    name?: string
    on?: string
    report?: number // the number of the version that they have
    to?: string
    version?: number
  }): Promise<SafetyOne> { return this.call('POST', '/api/v1/studies/{study}/safety/cases/{case}/told', p, { study: 'path', case: 'path' }, JSON.stringify(body), 'application/json') }

  /** Submits the draft with the investigator's signature. POST /api/v1/studies/{study}/safety/cases/{case}/versions */
  safetyPostVersion(p: { study: string; case: string }, body: SafetySigningInput): Promise<SafetyOne> { return this.call('POST', '/api/v1/studies/{study}/safety/cases/{case}/versions', p, { study: 'path', case: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers in what the casebooks and the cases of the reader's sites differ. GET /api/v1/studies/{study}/safety/reconciliation */
  safetyReconciliation(p: { study: string }): Promise<SafetyReconciliation> { return this.call('GET', '/api/v1/studies/{study}/safety/reconciliation', p, { study: 'path' }) }

  /** The same as CSV. GET /api/v1/studies/{study}/safety/reconciliation/export */
  safetyExportReconciliation(p: { study: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/safety/reconciliation/export', p, { study: 'path' }) }

  /** Answers the study's rules, what the names of its definition let one guess, and what there is to choose from. GET /api/v1/studies/{study}/safety/rules */
  safetyGetRules(p: { study: string }): Promise<{
    forms: SafetyFormChoice[]
    guess?: SafetyLog
    rules: SafetyRules
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/safety/rules', p, { study: 'path' }) }

  /** Sets where the casebooks keep adverse events, the times of notices, and what messages say. PUT /api/v1/studies/{study}/safety/rules */
  safetyPutRules(p: { study: string }, body: {
    reason?: string
    rules?: SafetyRulesInput
    version?: number
  }): Promise<{
    forms: SafetyFormChoice[]
    guess?: SafetyLog
    rules: SafetyRules
    version: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/safety/rules', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists signals. GET /api/v1/studies/{study}/signals */
  monitorGetSignals(p: { study: string }): Promise<{
    signals: MonitorSignalJSON[]
  }> { return this.call('GET', '/api/v1/studies/{study}/signals', p, { study: 'path' }) }

  /** Takes a step in a signal's life: {action, text, assignee, links, expect}. POST /api/v1/studies/{study}/signals/{signal}/steps */
  monitorPostStep(p: { study: string; signal: string }, body: {
    action?: string
    assignee?: string
    expect?: number
    links?: string[]
    password?: string
    text?: string
    user?: string
  }): Promise<{
    signal: MonitorSignalJSON
  }> { return this.call('POST', '/api/v1/studies/{study}/signals/{signal}/steps', p, { study: 'path', signal: 'path' }, JSON.stringify(body), 'application/json') }

  /** Signs many parts at once, all or none: {user, password, meaning, zone, parts: [{subject, scope, expect}]}. POST /api/v1/studies/{study}/signatures */
  edcSign(p: { study: string }, body: {
    meaning?: string
    parts?: EdcPartOfInput[]
    password?: string
    user?: string
    zone?: string
  }): Promise<{
    signatures: EdcSignature[]
  }> { return this.call('POST', '/api/v1/studies/{study}/signatures', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the casebooks of this person's sites and how each stands towards its signature: ?after=, limit 20. GET /api/v1/studies/{study}/signing */
  edcToSign(p: { study: string; after?: string }): Promise<{
    casebooks: EdcToSign[]
    next: string
  }> { return this.call('GET', '/api/v1/studies/{study}/signing', p, { study: 'path' }) }

  /** Adds a site, open for enrolment. POST /api/v1/studies/{study}/sites */
  trialPostSite(p: { study: string }, body: {
    country?: string
    id?: string
    name?: Record<string, string>
    state?: string // active when nothing is said
    zone?: string
  }): Promise<TrialSite> { return this.call('POST', '/api/v1/studies/{study}/sites', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells how far a site is on its way to the version ?to=N. GET /api/v1/studies/{study}/sites/{site}/amendment */
  amendmentGetStanding(p: { study: string; site: string; to?: string }): Promise<AmendmentStanding> { return this.call('GET', '/api/v1/studies/{study}/sites/{site}/amendment', p, { study: 'path', site: 'path' }) }

  /** Lets a site go over to a version, for a reason, and the next of its casebooks. POST /api/v1/studies/{study}/sites/{site}/amendment/steps */
  amendmentPostStep(p: { study: string; site: string }, body: {
    expect?: number // the version that the caller saw the site work by
    reason?: string
    to?: number
  }): Promise<AmendmentBatch> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/amendment/steps', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells what a version would do to the next casebooks of a site, and keeps nothing. POST /api/v1/studies/{study}/sites/{site}/amendment/trial */
  amendmentPostTrial(p: { study: string; site: string }, body: {
    after?: string
    to?: number
  }): Promise<AmendmentBatch> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/amendment/trial', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Records what a subject has asked about their data. POST /api/v1/studies/{study}/sites/{site}/data-requests */
  sitePostDataRequest(p: { study: string; site: string }, body: SiteRequestInput): Promise<SiteRequestShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/data-requests', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Charges a person with tasks. POST /api/v1/studies/{study}/sites/{site}/delegations */
  sitePostDelegation(p: { study: string; site: string }, body: SiteChargeInput): Promise<SiteTeam> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/delegations', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Ends a line of the delegation log. POST /api/v1/studies/{study}/sites/{site}/delegations/{delegation}/end */
  siteEndDelegation(p: { study: string; site: string; delegation: string }, body: {
    reason?: string
  }): Promise<SiteTeam> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/delegations/{delegation}/end', p, { study: 'path', site: 'path', delegation: 'path' }, JSON.stringify(body), 'application/json') }

  /** Signs a line of the delegation log. POST /api/v1/studies/{study}/sites/{site}/delegations/{delegation}/signature */
  siteSignDelegation(p: { study: string; site: string; delegation: string }, body: {
    password?: string
    user?: string
  }): Promise<SiteTeam> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/delegations/{delegation}/signature', p, { study: 'path', site: 'path', delegation: 'path' }, JSON.stringify(body), 'application/json') }

  /** Files a new document at the site of the address, or in the study's own file. POST /api/v1/studies/{study}/sites/{site}/documents */
  documentUploadPost(p: { study: string; site: string }, body: DocumentFilingInput): Promise<DocumentShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/documents', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Adds an item to a site's register. POST /api/v1/studies/{study}/sites/{site}/goods */
  goodsAdd(p: { study: string; site: string }, body: {
    expires?: string
    kind?: string
    lot?: string
    name?: string
    unit?: string
  }): Promise<GoodsShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/goods', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Opens an issue. POST /api/v1/studies/{study}/sites/{site}/issues */
  sitePostIssue(p: { study: string; site: string }, body: SiteIssueInput): Promise<SiteShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/issues', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Plans a monitoring visit. POST /api/v1/studies/{study}/sites/{site}/monitoring-visits */
  visitPlan(p: { study: string; site: string }, body: VisitDraftInput): Promise<VisitShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/monitoring-visits', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the reference ranges of a site's laboratories, and the items that may have one. GET /api/v1/studies/{study}/sites/{site}/normal-ranges */
  normalGet(p: { study: string; site: string }): Promise<{
    ages: boolean // the study asks an age or a birth
    items: NormalAboutItem[]
    ranges: NormalRange[]
    sexes: OdmCodeItem[]
  }> { return this.call('GET', '/api/v1/studies/{study}/sites/{site}/normal-ranges', p, { study: 'path', site: 'path' }) }

  /** Changes the ranges of a site, all or none: a list to set, the names of those to remove, or a CSV file to set. POST /api/v1/studies/{study}/sites/{site}/normal-ranges */
  normalPost(p: { study: string; site: string }, body: {
    csv?: string
    reason?: string
    remove?: NormalRangeInput[]
    set?: NormalRangeInput[]
  }): Promise<{
    ages: boolean // the study asks an age or a birth
    items: NormalAboutItem[]
    ranges: NormalRange[]
    sexes: OdmCodeItem[]
  }> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/normal-ranges', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers what a site has earned, line by line, with its rates and statements. GET /api/v1/studies/{study}/sites/{site}/payments */
  paymentAccount(p: { study: string; site: string }): Promise<PaymentShown> { return this.call('GET', '/api/v1/studies/{study}/sites/{site}/payments', p, { study: 'path', site: 'path' }) }

  /** Makes a statement of all that was earned until a day and is in no other. POST /api/v1/studies/{study}/sites/{site}/payments */
  paymentPrepare(p: { study: string; site: string }, body: {
    until?: string
  }): Promise<PaymentShown> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/payments', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Adds somebody to a site's people. POST /api/v1/studies/{study}/sites/{site}/people */
  siteAddPerson(p: { study: string; site: string }, body: {
    department?: string
    name?: Record<string, string>
    papers?: SitePaperInput[]
    title?: string // the profession: physician, nurse, CRC
    trainings?: SiteTrainingInput[]
    user?: string
    version?: number
  }): Promise<SiteTeam> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/people', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Changes one of a site's people. PUT /api/v1/studies/{study}/sites/{site}/people/{person} */
  sitePutPerson(p: { study: string; site: string; person: string }, body: {
    department?: string
    name?: Record<string, string>
    papers?: SitePaperInput[]
    title?: string // the profession: physician, nurse, CRC
    trainings?: SiteTrainingInput[]
    user?: string
    version?: number
  }): Promise<SiteTeam> { return this.call('PUT', '/api/v1/studies/{study}/sites/{site}/people/{person}', p, { study: 'path', site: 'path', person: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells a site's plan. GET /api/v1/studies/{study}/sites/{site}/plans/{template} */
  siteGetPlan(p: { study: string; site: string; template: string }): Promise<SiteBoardRow> { return this.call('GET', '/api/v1/studies/{study}/sites/{site}/plans/{template}', p, { study: 'path', site: 'path', template: 'path' }) }

  /** Begins or changes a site's plan. PUT /api/v1/studies/{study}/sites/{site}/plans/{template} */
  sitePutPlan(p: { study: string; site: string; template: string }, body: SiteDraftInput): Promise<SiteBoardRow> { return this.call('PUT', '/api/v1/studies/{study}/sites/{site}/plans/{template}', p, { study: 'path', site: 'path', template: 'path' }, JSON.stringify(body), 'application/json') }

  /** Changes a milestone. PATCH /api/v1/studies/{study}/sites/{site}/plans/{template}/milestones/{milestone} */
  sitePatchMilestone(p: { study: string; site: string; template: string; milestone: string }, body: SiteStepInput): Promise<SiteBoardRow> { return this.call('PATCH', '/api/v1/studies/{study}/sites/{site}/plans/{template}/milestones/{milestone}', p, { study: 'path', site: 'path', template: 'path', milestone: 'path' }, JSON.stringify(body), 'application/json') }

  /** Changes what is known of a site's institution. PUT /api/v1/studies/{study}/sites/{site}/profile */
  sitePutProfile(p: { study: string; site: string }, body: {
    address?: string
    code?: string // 统一社会信用代码 (GB 32100), by which projects of one hospital are brought together
    contacts?: SiteContactInput[]
    departments?: string[]
    institution?: Record<string, string>
    investigator?: string // the person who is the principal investigator
    version?: number
  }): Promise<SiteTeam> { return this.call('PUT', '/api/v1/studies/{study}/sites/{site}/profile', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Puts other rates of a site in force. PUT /api/v1/studies/{study}/sites/{site}/rates */
  paymentPutRates(p: { study: string; site: string }, body: {
    allowances?: Record<string, string> // by StudyEvent: what its subject is reimbursed, which the site passes on
    currency?: string
    failure?: string // a subject who failed in screening
    failures?: number // at most so many are paid
    holdBack?: number // hundredths of a percent, until the site is closed
    procedures?: Record<string, string> // by Form, beside the visit in which it was done
    reason?: string
    startUp?: string
    version?: number
    visits?: Record<string, string> // by StudyEvent
  }): Promise<PaymentShown> { return this.call('PUT', '/api/v1/studies/{study}/sites/{site}/rates', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Activates a site, closes it or puts it back, for a reason. POST /api/v1/studies/{study}/sites/{site}/state */
  trialPostSiteState(p: { study: string; site: string }, body: {
    reason?: string
    state?: string
  }): Promise<TrialSite> { return this.call('POST', '/api/v1/studies/{study}/sites/{site}/state', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Sets a site's target of enrolment. PUT /api/v1/studies/{study}/sites/{site}/target */
  sitePutTarget(p: { study: string; site: string }, body: SiteAimInput): Promise<SiteEnrolment> { return this.call('PUT', '/api/v1/studies/{study}/sites/{site}/target', p, { study: 'path', site: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells a site's people and delegations. GET /api/v1/studies/{study}/sites/{site}/team */
  siteGetTeam(p: { study: string; site: string }): Promise<SiteTeam> { return this.call('GET', '/api/v1/studies/{study}/sites/{site}/team', p, { study: 'path', site: 'path' }) }

  /** Takes one step on many parts, all or none: {step, reason, parts: [{subject, scope}]}; no subject is the study. POST /api/v1/studies/{study}/stages */
  edcMoveStages(p: { study: string }, body: {
    parts?: EdcPartOfInput[]
    reason?: string
    step?: string
  }): Promise<{
    count: number
    stage: string
  }> { return this.call('POST', '/api/v1/studies/{study}/stages', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Enrols a subject. POST /api/v1/studies/{study}/subjects */
  trialPostSubject(p: { study: string }, body: PatientEnrolmentInput): Promise<PatientSubject> { return this.call('POST', '/api/v1/studies/{study}/subjects', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells a subject's visits and forms. GET /api/v1/studies/{study}/subjects/{subject} */
  edcCasebook(p: { study: string; subject: string }): Promise<{
    definition: number
    enrolledAt: string
    events: EdcVisit[]
    rescreenedAs: string
    rescreens: string
    site: string
    status: string
    subject: string
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}', p, { study: 'path', subject: 'path' }) }

  /** Tells whether a subject is randomised, and if not, what is lacking. GET /api/v1/studies/{study}/subjects/{subject}/allocation */
  allocationGetSubject(p: { study: string; subject: string }): Promise<AllocationStanding> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/allocation', p, { study: 'path', subject: 'path' }) }

  /** Randomises a subject. POST /api/v1/studies/{study}/subjects/{subject}/allocation */
  allocationPostSubject(p: { study: string; subject: string }, body: {
  }): Promise<AllocationStanding> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/allocation', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Keeps values of blinded items of one subject. PATCH /api/v1/studies/{study}/subjects/{subject}/blinded-values */
  blindedSave(p: { study: string; subject: string }, body: {
    reason?: string
    values?: BlindedSaidInput[]
  }): Promise<void> { return this.call('PATCH', '/api/v1/studies/{study}/subjects/{subject}/blinded-values', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers what differs between two moments: ?from=…&to=…, each a time or signature:ID; no to is now. GET /api/v1/studies/{study}/subjects/{subject}/diff */
  edcDiff(p: { study: string; subject: string; from?: string; to?: string }): Promise<{
    differences: EdcDifference[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/diff', p, { study: 'path', subject: 'path' }) }

  /** Says when what a schedule counts from took place. POST /api/v1/studies/{study}/subjects/{subject}/epro/anchors */
  eproPostAnchor(p: { study: string; subject: string }, body: {
    at?: string
    kind?: string
    name?: string
  }): Promise<Record<string, unknown>> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/epro/anchors', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Records that a subject has told the site that they take back what they signed. DELETE /api/v1/studies/{study}/subjects/{subject}/epro/consent */
  eproDeleteConsent(p: { study: string; subject: string }, body: EproReasonedInput): Promise<Record<string, unknown>> { return this.call('DELETE', '/api/v1/studies/{study}/subjects/{subject}/epro/consent', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Records a consent that a subject has signed on paper. POST /api/v1/studies/{study}/subjects/{subject}/epro/consent */
  eproPostPaper(p: { study: string; subject: string }, body: {
    informed?: string // name of who spoke with them, and signed beside them
    language?: string
    name?: string // of who signed
    number?: number // of the version that was signed
    reporter?: string // self, or how whoever signed is related to the patient
    scan?: ConsentScanInput
    signedOn?: string // the date that stands on the paper
  }): Promise<EproSigned> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/epro/consent', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Shows the subject's site where its reminders go, with the whole addresses. GET /api/v1/studies/{study}/subjects/{subject}/epro/identity */
  eproGetIdentity(p: { study: string; subject: string }): Promise<{
    reach: EproReach[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/epro/identity', p, { study: 'path', subject: 'path' }) }

  /** Invites a subject's phone. POST /api/v1/studies/{study}/subjects/{subject}/epro/phones */
  eproPostInvite(p: { study: string; subject: string }, body: {
    reporter?: string
  }): Promise<EproInvitation> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/epro/phones', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells how a subject is reminded. GET /api/v1/studies/{study}/subjects/{subject}/epro/reach */
  eproGetReach(p: { study: string; subject: string }): Promise<{
    reach: EproReach[]
    reminders: EproReminder[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/epro/reach', p, { study: 'path', subject: 'path' }) }

  /** Sets how a subject is reminded. PUT /api/v1/studies/{study}/subjects/{subject}/epro/reach */
  eproPutReach(p: { study: string; subject: string }, body: EproReachInput): Promise<Record<string, unknown>> { return this.call('PUT', '/api/v1/studies/{study}/subjects/{subject}/epro/reach', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells a form, its values and queries. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat} */
  edcForm(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; asOf?: string }): Promise<EdcFormAnswer> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }) }

  /** Saves values. PATCH /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat} */
  edcSave(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-Match'?: string; 'If-None-Match'?: string }, body: {
    items?: RecordValueInput[]
    reason?: string
  }): Promise<EdcFormAnswer> { return this.call('PATCH', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path', 'Idempotency-Key': 'header', 'If-Match': 'header', 'If-None-Match': 'header' }, JSON.stringify(body), 'application/json') }

  /** Makes a form, or a row of it, inactive or active again, with a reason; the answer is the form as it stands then. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/activity */
  edcSwitchPart(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    active?: boolean
    group?: string
    reason?: string
    repeat?: string
  }): Promise<EdcFormAnswer> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/activity', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the files that stand at a form, those that are inactive too. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments */
  documentAttached(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }): Promise<{
    files: RecordAttached[]
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }) }

  /** Keeps a scan or image at a form that was begun: PDF, PNG or JPEG, as found in its bytes. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments */
  documentAttach(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: DocumentAttachingInput): Promise<{
    files: RecordAttached[]
    version: number
  }> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the bytes of a file that stands at a form. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number} */
  documentFetch(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; number: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path', number: 'path' }) }

  /** Makes a file inactive, with the reason; its bytes stay: {reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}/inactive */
  documentDetach(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; number: string }, body: {
    reason?: string
  }): Promise<{
    files: RecordAttached[]
    version: number
  }> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}/inactive', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path', number: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes in where the browser's rules came to another outcome than the server's. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/disagreements */
  edcDisagreements(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    disagreements?: RecordDisagreementInput[]
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/disagreements', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Hands in what this person entered of a form that two enter: {items}, the whole of it. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries */
  edcEnter(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; validate_only?: string; 'Idempotency-Key'?: string }, body: {
    items?: RecordValueInput[]
  }): Promise<EdcFormAnswer> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path', 'Idempotency-Key': 'header' }, JSON.stringify(body), 'application/json') }

  /** Lets the entries of a form go, so that it is entered anew: {reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/discard */
  edcDiscard(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    choices?: RecordValueInput[]
    reason?: string
  }): Promise<EdcFormAnswer> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/discard', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Keeps what this person has typed of a form that two enter, until it is handed in: {items}, all of it; none lets it go. PUT /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/draft */
  edcDraft(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    items?: RecordValueInput[]
  }): Promise<void> { return this.call('PUT', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/draft', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Saves a form of which two entries differ: {choices: [{group, repeat, item, value, blank}], reason}, one choice for each item that differs. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/settlement */
  edcSettle(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    choices?: RecordValueInput[]
    reason?: string
  }): Promise<EdcFormAnswer> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/settlement', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Tells the history of a value. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/history */
  edcHistory(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; group?: string; item?: string; repeat?: string }): Promise<{
    entries: {
      at: string
      by: string
      byName: string
      computed: boolean
      first: boolean // ODM's Insert: there was nothing before
      group: string
      index: number // -1 while it waits for its place in the ledger
      item: string
      new: string
      newBlank: string
      old: string
      oldBlank: string
      reason: string
      repeat: string
      role: string
      trace: string
      what: string
    }[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/history', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }) }

  /** Answers how the values of a form stand in each kind of review. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews */
  edcReviews(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }): Promise<{
    reviews: EdcReviewAnswer[]
    version: number
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }) }

  /** Makes marks on a form, or takes them back: {kind, version, items: [{group, repeat, item}], undo, reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews */
  edcReview(p: { study: string; subject: string; event: string; eventRepeat: string; form: string; formRepeat: string }, body: {
    items?: RecordValueInput[]
    kind?: string
    reason?: string
    undo?: boolean
    version?: number
  }): Promise<{
    reviews: EdcReviewAnswer[]
    version: number
  }> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path', formRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the kit that a subject is given, which the server picks. POST /api/v1/studies/{study}/subjects/{subject}/kits */
  kitDispense(p: { study: string; subject: string }, body: {
  }): Promise<KitKit> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/kits', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers all repeats of one form in one visit, each as its own address would answer it. GET /api/v1/studies/{study}/subjects/{subject}/logs/{event}/{eventRepeat}/{form} */
  edcLog(p: { study: string; subject: string; event: string; eventRepeat: string; form: string }): Promise<{
    forms: EdcFormAnswer[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/logs/{event}/{eventRepeat}/{form}', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path', form: 'path' }) }

  /** Answers a casebook as it was: ?at=TIME or ?at=signature:ID. GET /api/v1/studies/{study}/subjects/{subject}/past */
  edcPast(p: { study: string; subject: string; at?: string }): Promise<{
    forms: EdcPastForm[]
    queries: EdcQuery[]
    signatures: EdcSignature[]
    stages: EdcStageAnswer[]
    subject: string
    unsettled: EdcPastWaiting[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/past', p, { study: 'path', subject: 'path' }) }

  /** Sends a casebook as PDF, as it is or as of ?asOf. GET /api/v1/studies/{study}/subjects/{subject}/pdf */
  exportGetPrint(p: { study: string; subject: string; asOf?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/subjects/{subject}/pdf', p, { study: 'path', subject: 'path' }) }

  /** Opens a case of a subject with the draft of its initial report. POST /api/v1/studies/{study}/subjects/{subject}/safety-cases */
  safetyOpen(p: { study: string; subject: string }, body: SafetyDraftInput): Promise<SafetyOne> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/safety-cases', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers what is frozen, locked and signed of a casebook. GET /api/v1/studies/{study}/subjects/{subject}/standings */
  edcStandings(p: { study: string; subject: string }): Promise<{
    signatures: EdcSignature[]
    stages: EdcStageAnswer[]
  }> { return this.call('GET', '/api/v1/studies/{study}/subjects/{subject}/standings', p, { study: 'path', subject: 'path' }) }

  /** Moves a subject to another state. PUT /api/v1/studies/{study}/subjects/{subject}/status */
  trialPutStatus(p: { study: string; subject: string }, body: {
    reason?: string
    status?: string
  }): Promise<PatientSubject> { return this.call('PUT', '/api/v1/studies/{study}/subjects/{subject}/status', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Moves a subject to another site. POST /api/v1/studies/{study}/subjects/{subject}/transfer */
  edcTransfer(p: { study: string; subject: string }, body: {
    reason?: string
    site?: string
  }): Promise<PatientSubject> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/transfer', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers a subject's treatment in an emergency: with a chosen reason, one in words, and a signature. POST /api/v1/studies/{study}/subjects/{subject}/unblinding */
  allocationPostUnblinding(p: { study: string; subject: string }, body: {
    password?: string
    reason?: string
    text?: string
    user?: string
  }): Promise<AllocationRevealed> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/unblinding', p, { study: 'path', subject: 'path' }, JSON.stringify(body), 'application/json') }

  /** Says that a visit does not take place, or takes that back: {skip, reason}. POST /api/v1/studies/{study}/subjects/{subject}/visits/{event}/{eventRepeat}/skip */
  edcSkipVisit(p: { study: string; subject: string; event: string; eventRepeat: string }, body: {
    reason?: string
    skip?: boolean
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/subjects/{subject}/visits/{event}/{eventRepeat}/skip', p, { study: 'path', subject: 'path', event: 'path', eventRepeat: 'path' }, JSON.stringify(body), 'application/json') }

  /** Sets the study's target of enrolment. PUT /api/v1/studies/{study}/target */
  sitePutStudyTarget(p: { study: string }, body: SiteAimInput): Promise<SiteEnrolment> { return this.call('PUT', '/api/v1/studies/{study}/target', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers the entries of the study that fit, newest first. GET /api/v1/studies/{study}/trail */
  edcTrail(p: { study: string; after?: string; site?: string; subject?: string; value?: string; what?: string; where?: string; who?: string }): Promise<{
    back?: string
    entries: EdcTrailEntry[]
    next: string
  }> { return this.call('GET', '/api/v1/studies/{study}/trail', p, { study: 'path' }) }

  /** What a search finds as CSV, of any length: one row for each changed item, one for each other entry. GET /api/v1/studies/{study}/trail/export */
  edcExportTrail(p: { study: string; site?: string; subject?: string; value?: string; what?: string; where?: string; who?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/trail/export', p, { study: 'path' }) }

  /** Records that somebody has reviewed the trail as far as a search went, and what they found: {filter, found, note}. POST /api/v1/studies/{study}/trail/reviews */
  edcReviewTrail(p: { study: string }, body: {
    filter?: Record<string, string>
    found?: number
    note?: string
  }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/trail/reviews', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Sets which trainings roles need in the study. PUT /api/v1/studies/{study}/trainings */
  sitePutRequired(p: { study: string }, body: {
    reason?: string
    roles?: Record<string, string[]>
    version?: number
  }): Promise<{
    roles: Record<string, string[]>
    version: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/trainings', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Lists the files that were uploaded to a study, the newest first. GET /api/v1/studies/{study}/uploads */
  uploadGetAll(p: { study: string }): Promise<{
    uploads: unknown[]
  }> { return this.call('GET', '/api/v1/studies/{study}/uploads', p, { study: 'path' }) }

  /** Announces a file: {id, name, size, trial}. POST /api/v1/studies/{study}/uploads */
  uploadPost(p: { study: string }, body: {
    id?: string
    name?: string
    size?: number
    trial?: boolean
  }): Promise<{
    upload: unknown
  }> { return this.call('POST', '/api/v1/studies/{study}/uploads', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers one uploaded file: how far it is, and what could not be taken in, by line. GET /api/v1/studies/{study}/uploads/{upload} */
  uploadGetOne(p: { study: string; upload: string }): Promise<{
    findings: unknown[]
    upload: unknown
  }> { return this.call('GET', '/api/v1/studies/{study}/uploads/{upload}', p, { study: 'path', upload: 'path' }) }

  /** Has a file read, or judged, once more, for rows that were set aside. POST /api/v1/studies/{study}/uploads/{upload}/again */
  uploadPostAgain(p: { study: string; upload: string }): Promise<{
    upload: unknown
  }> { return this.call('POST', '/api/v1/studies/{study}/uploads/{upload}/again', p, { study: 'path', upload: 'path' }) }

  /** Decides on a file that was judged: {take}, whether it is taken in or left out. POST /api/v1/studies/{study}/uploads/{upload}/decision */
  uploadPostDecision(p: { study: string; upload: string }, body: {
    take?: boolean
  }): Promise<{
    upload: unknown
  }> { return this.call('POST', '/api/v1/studies/{study}/uploads/{upload}/decision', p, { study: 'path', upload: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes one piece of a file, of upload.pieceSize bytes but for the last. PUT /api/v1/studies/{study}/uploads/{upload}/pieces/{piece} */
  uploadPutPiece(p: { study: string; upload: string; piece: string }): Promise<{
    upload: unknown
  }> { return this.call('PUT', '/api/v1/studies/{study}/uploads/{upload}/pieces/{piece}', p, { study: 'path', upload: 'path', piece: 'path' }) }

  /** Lists versions, and which site works by which. GET /api/v1/studies/{study}/versions */
  trialGetVersions(p: { study: string }): Promise<{
    sites: TrialSite[]
    uses: TrialUse[]
    versions: TrialPublished[]
  }> { return this.call('GET', '/api/v1/studies/{study}/versions', p, { study: 'path' }) }

  /** Answers how ?from=N and ?to=N differ in meaning. GET /api/v1/studies/{study}/versions/diff */
  trialGetDiff(p: { study: string }): Promise<{
    changes: OdmChange[]
    from: number
    to: number
  }> { return this.call('GET', '/api/v1/studies/{study}/versions/diff', p, { study: 'path' }) }

  /** Tells the reader's own views of a study and those that are shared, by page and name. GET /api/v1/studies/{study}/views */
  viewList(p: { study: string }): Promise<{
    mayShare: boolean
    views: ViewView[]
  }> { return this.call('GET', '/api/v1/studies/{study}/views', p, { study: 'path' }) }

  /** Keeps a view under a name; the reader's view of that page and name is replaced. POST /api/v1/studies/{study}/views */
  viewSave(p: { study: string }, body: {
    name?: string
    page?: string
    query?: string
    shared?: boolean
  }): Promise<ViewView> { return this.call('POST', '/api/v1/studies/{study}/views', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Takes away a view of the reader's own, or one that is shared, where the reader may share. DELETE /api/v1/studies/{study}/views/{view} */
  viewRemove(p: { study: string; view: string }): Promise<void> { return this.call('DELETE', '/api/v1/studies/{study}/views/{view}', p, { study: 'path', view: 'path' }) }

  /** Answers what is looked at in each kind of visit. GET /api/v1/studies/{study}/visit-checklists */
  visitGetChecklists(p: { study: string }): Promise<{
    checklists: ({
      form: OdmVersion | null
      id: string
      site: string
      version: number
    })[]
  }> { return this.call('GET', '/api/v1/studies/{study}/visit-checklists', p, { study: 'path' }) }

  /** Chooses what is looked at in a kind of visit. PUT /api/v1/studies/{study}/visit-checklists/{kind} */
  visitPutChecklist(p: { study: string; kind: string }, body: {
    form?: OdmVersionInput
    reason?: string
    version?: number
  }): Promise<{
    form: OdmVersion | null
    id: string
    site: string
    version: number
  }> { return this.call('PUT', '/api/v1/studies/{study}/visit-checklists/{kind}', p, { study: 'path', kind: 'path' }, JSON.stringify(body), 'application/json') }

  /** Answers visits by their states, subject by subject: ?state=, site=, after=. GET /api/v1/studies/{study}/visits */
  edcVisitList(p: { study: string; after?: string; limit?: string; site?: string; state?: string; status?: string }): Promise<{
    next: string
    visits: EdcListedVisit[]
  }> { return this.call('GET', '/api/v1/studies/{study}/visits', p, { study: 'path' }) }

  /** VisitList as CSV, of any length. GET /api/v1/studies/{study}/visits/export */
  edcExportVisits(p: { study: string; after?: string; limit?: string; site?: string; state?: string; status?: string }): Promise<Response> { return this.ask('GET', '/api/v1/studies/{study}/visits/export', p, { study: 'path' }) }

  /** Lists webhooks. GET /api/v1/studies/{study}/webhooks */
  platformListWebhooks(p: { study: string }): Promise<{
    webhooks: PlatformWebhook[]
  }> { return this.call('GET', '/api/v1/studies/{study}/webhooks', p, { study: 'path' }) }

  /** Adds a webhook. POST /api/v1/studies/{study}/webhooks */
  platformAddWebhook(p: { study: string }, body: {
    events?: string[]
    name?: string
    url?: string
  }): Promise<PlatformWebhook> { return this.call('POST', '/api/v1/studies/{study}/webhooks', p, { study: 'path' }, JSON.stringify(body), 'application/json') }

  /** Removes a webhook. DELETE /api/v1/studies/{study}/webhooks/{webhook} */
  platformRemoveWebhook(p: { study: string; webhook: string }): Promise<void> { return this.call('DELETE', '/api/v1/studies/{study}/webhooks/{webhook}', p, { study: 'path', webhook: 'path' }) }

  /** Lists a webhook's deliveries. GET /api/v1/studies/{study}/webhooks/{webhook}/deliveries */
  platformDeliveries(p: { study: string; webhook: string; before?: string; state?: string }): Promise<{
    deliveries: PlatformDelivery[]
  }> { return this.call('GET', '/api/v1/studies/{study}/webhooks/{webhook}/deliveries', p, { study: 'path', webhook: 'path' }) }

  /** Sends a delivery again. POST /api/v1/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/replay */
  platformReplay(p: { study: string; webhook: string; delivery: string }): Promise<void> { return this.call('POST', '/api/v1/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/replay', p, { study: 'path', webhook: 'path', delivery: 'path' }) }

  /** Takes a disabled webhook back into service and sends what was given up meanwhile. POST /api/v1/studies/{study}/webhooks/{webhook}/enable */
  platformEnableWebhook(p: { study: string; webhook: string }): Promise<{
    replayed: number
  }> { return this.call('POST', '/api/v1/studies/{study}/webhooks/{webhook}/enable', p, { study: 'path', webhook: 'path' }) }

  /** Makes a new secret; the old one goes on signing beside it for a day. POST /api/v1/studies/{study}/webhooks/{webhook}/rotate */
  platformRotateWebhook(p: { study: string; webhook: string }): Promise<{
    secret: string
  }> { return this.call('POST', '/api/v1/studies/{study}/webhooks/{webhook}/rotate', p, { study: 'path', webhook: 'path' }) }

  /** Adds a study without sites and versions, and makes somebody its data manager. POST /fhir/R4/ResearchStudy */
  r4CreateStudy(p: { validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/ResearchStudy', p, { 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** The CapabilityStatement of the address at which studies are created. GET /fhir/R4/metadata */
  r4RootMetadata(): Promise<Response> { return this.ask('GET', '/fhir/R4/metadata', {}, {}) }

  /** Makes all resources of a Bundle, or none. POST /fhir/R4/{study} */
  r4Transaction(p: { study: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** Takes a laboratory result in, to wait until a person confirms it. POST /fhir/R4/{study}/Observation */
  r4CreateObservation(p: { study: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/Observation', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** A result that came as an Observation, as it came. GET /fhir/R4/{study}/Observation/{result} */
  r4ReadObservation(p: { study: string; result: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Observation/{result}', p, { study: 'path', result: 'path' }) }

  /** Finds the sites by _id or identifier. GET /fhir/R4/{study}/Organization */
  r4SearchSites(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Organization', p, { study: 'path' }) }

  /** One site. GET /fhir/R4/{study}/Organization/{id} */
  r4ReadSite(p: { study: string; id: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Organization/{id}', p, { study: 'path', id: 'path' }) }

  /** Finds Patients by _id or identifier. GET /fhir/R4/{study}/Patient */
  r4SearchPatients(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Patient', p, { study: 'path' }) }

  /** Takes a subject in at the site that managingOrganization names, for screening. POST /fhir/R4/{study}/Patient */
  r4CreatePatient(p: { study: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/Patient', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** One Patient. GET /fhir/R4/{study}/Patient/{fhirSubject} */
  r4ReadPatient(p: { study: string; fhirSubject: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Patient/{fhirSubject}', p, { study: 'path', fhirSubject: 'path' }) }

  /** Finds the study's forms by _id, url, version or status: active are those of the newest version, and drafts are there for whoever manages the study. GET /fhir/R4/{study}/Questionnaire */
  r4SearchQuestionnaires(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Questionnaire', p, { study: 'path' }) }

  /** Keeps a form as a draft of a definition, which a person validates and publishes. POST /fhir/R4/{study}/Questionnaire */
  r4CreateQuestionnaire(p: { study: string; validate_only?: string; visit?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/Questionnaire', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** One form of one published version. GET /fhir/R4/{study}/Questionnaire/{id} */
  r4ReadQuestionnaire(p: { study: string; id: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Questionnaire/{id}', p, { study: 'path', id: 'path' }) }

  /** Finds filled forms by _id, subject (or patient), questionnaire, identifier and _lastUpdated (ge or gt). GET /fhir/R4/{study}/QuestionnaireResponse */
  r4SearchResponses(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/QuestionnaireResponse', p, { study: 'path' }) }

  /** Enters a form that has no values yet, by the same rules as a person's entry. POST /fhir/R4/{study}/QuestionnaireResponse */
  r4CreateResponse(p: { study: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/QuestionnaireResponse', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** One filled form. GET /fhir/R4/{study}/QuestionnaireResponse/{response} */
  r4ReadResponse(p: { study: string; response: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/QuestionnaireResponse/{response}', p, { study: 'path', response: 'path' }) }

  /** Finds the ResearchStudy of this address: there is one. GET /fhir/R4/{study}/ResearchStudy */
  r4SearchStudy(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/ResearchStudy', p, { study: 'path' }) }

  /** The ResearchStudy of this address. GET /fhir/R4/{study}/ResearchStudy/{id} */
  r4ReadStudy(p: { study: string; id: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/ResearchStudy/{id}', p, { study: 'path', id: 'path' }) }

  /** Finds ResearchSubjects by _id, identifier, individual (or patient). GET /fhir/R4/{study}/ResearchSubject */
  r4SearchResearchSubjects(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/ResearchSubject', p, { study: 'path' }) }

  /** Says where a subject stands in the study from now on. POST /fhir/R4/{study}/ResearchSubject */
  r4CreateResearchSubject(p: { study: string; validate_only?: string; 'Idempotency-Key'?: string; 'If-None-Exist'?: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/ResearchSubject', p, { study: 'path', 'Idempotency-Key': 'header', 'If-None-Exist': 'header' }, body, 'application/fhir+json') }

  /** One ResearchSubject. GET /fhir/R4/{study}/ResearchSubject/{fhirSubject} */
  r4ReadResearchSubject(p: { study: string; fhirSubject: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/ResearchSubject/{fhirSubject}', p, { study: 'path', fhirSubject: 'path' }) }

  /** Finds the webhooks that tell of resources. GET /fhir/R4/{study}/Subscription */
  r4SearchSubscriptions(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Subscription', p, { study: 'path' }) }

  /** Makes a webhook for the resources that criteria names. POST /fhir/R4/{study}/Subscription */
  r4CreateSubscription(p: { study: string }, body: BodyInit): Promise<Response> { return this.ask('POST', '/fhir/R4/{study}/Subscription', p, { study: 'path' }, body, 'application/fhir+json') }

  /** Ends a webhook. DELETE /fhir/R4/{study}/Subscription/{webhook} */
  r4DeleteSubscription(p: { study: string; webhook: string }): Promise<void> { return this.call('DELETE', '/fhir/R4/{study}/Subscription/{webhook}', p, { study: 'path', webhook: 'path' }) }

  /** One webhook that tells of resources. GET /fhir/R4/{study}/Subscription/{webhook} */
  r4ReadSubscription(p: { study: string; webhook: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/Subscription/{webhook}', p, { study: 'path', webhook: 'path' }) }

  /** The CapabilityStatement: what can be asked here, by everybody's leave, since it says nothing of the study. GET /fhir/R4/{study}/metadata */
  r4Metadata(p: { study: string }): Promise<Response> { return this.ask('GET', '/fhir/R4/{study}/metadata', p, { study: 'path' }) }

  /** Exchanges a client's key for an access token: OAuth 2.0 client credentials, RFC 6749, section 4.4. POST /oauth2/token */
  authPostToken(form: Record<string, string>): Promise<AuthGranted> { return this.call('POST', '/oauth2/token', {}, {}, new URLSearchParams(form)) }

  /** Takes in one report of a patient. POST /report */
  report(p: { 'Idempotency-Key'?: string }, body: ReportReport): Promise<ReportReceipt> { return this.call('POST', '/report', p, { 'Idempotency-Key': 'header' }, JSON.stringify(body), 'application/json') }

  /** Answers who is enrolled in a trial, as far as the visitor may know: the trials' service has 2 s for it. GET /trials/{trialId}/patients */
  gatewayPatients(p: { trialId: string; after?: string; limit?: string }): Promise<{
    nextCursor: string
    patients: {
      enrolledAt: string
      patientId: string
      siteId: string
      status: string
    }[]
    trialId: string
  }> { return this.call('GET', '/trials/{trialId}/patients', p, { trialId: 'path' }) }
}
