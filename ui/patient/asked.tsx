// What a patient is seldom asked: their consent, and a correction. A file of its own, loaded when it is needed.
export { Consent } from './consent.tsx'
export { Correct } from './correct.tsx'
