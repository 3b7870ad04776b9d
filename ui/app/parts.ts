// The parts of a definition as addresses name them.
export type Part = 'events' | 'forms' | 'items' | 'codelists' | 'units' | 'rules' | 'documents'
export const allParts: Part[] = ['events', 'forms', 'items', 'codelists', 'units', 'rules', 'documents']
/** Those with a tab of their own. */
export const tabs: Part[] = ['events', 'codelists', 'units', 'rules', 'documents']
