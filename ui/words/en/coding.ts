// Coding of adverse events and medicines.
import type { zhCoding } from '../zh/coding.ts'

export const enCoding: Record<keyof typeof zhCoding, string> = {
  'coding.title': 'Coding', 'coding.lead': '{n} of {of} coded', 'coding.show': 'Show', 'coding.waiting': 'To be coded', 'coding.done': 'Coded', 'coding.left': '{n} more {n|text|texts} not shown',
  'coding.none': 'Nothing is set up to be coded', 'coding.noneDo': 'Who manages the study names the items and the versions of the dictionaries under Set up.',
  'coding.allDone': 'Nothing waits to be coded', 'coding.allDoneDo': 'What the sites enter next will stand here. What is coded is one choice away.', 'coding.nothing': 'Nothing is coded yet', 'coding.nothingDo': 'Begin with the texts that wait, or code automatically.',
  'coding.auto': 'Code automatically', 'coding.autoMeans': 'Codes texts that are the name of exactly one current term, and approved synonyms.', 'coding.autoDone': '{n} {n|value|values} coded',
  'coding.text': 'As written', 'coding.dictionary': 'Dictionary', 'coding.places': 'Places', 'coding.state': 'State', 'coding.open': 'Open', 'coding.asked': 'Asked', 'coding.with': 'With it', 'coding.beside': 'Beside it', 'coding.code': 'Code',
  'coding.search': 'Search terms', 'coding.searchHint': 'Type words; the arrow keys choose, Enter takes.', 'coding.terms': 'Terms found', 'coding.notFound': 'No term found: try other words, or ask the site.', 'coding.notCurrent': 'Not current',
  'coding.decide': 'Take this term', 'coding.take': 'Code', 'coding.forN': 'For {n} {n|place|places}.', 'coding.kept': '{n} {n|place|places} coded', 'coding.class': 'ATC class', 'coding.chooseClass': 'Choose the class that fits its use', 'coding.remember': 'Propose as a synonym (somebody else approves)', 'coding.back': 'Take the code back',
  'coding.ask': 'Ask the site', 'coding.question': 'Question', 'coding.synonyms': 'Synonyms', 'coding.approve': 'Approve', 'coding.retire': 'Retire',
  'coding.setup': 'Set up', 'coding.setupTitle': 'What is coded', 'coding.setupLead': 'Which items get terms, and of which version of which dictionary. What has one meaning is coded as it is saved; the rest waits for coders.',
  'coding.noDictionary': 'No dictionary is loaded', 'coding.noDictionaryDo': 'An operator loads it from the licence holder’s files: casebook coding load --dictionary meddra --version 27.1 --language en FOLDER.', 'coding.dictionaries': 'Dictionaries', 'coding.unused': 'Not used', 'coding.loaded': '{languages}, {n} {n|term|terms}',
  'coding.items': 'Items', 'coding.item': 'Item', 'coding.forms': 'Forms', 'coding.noItems': 'Nothing is coded yet: add an item.', 'coding.addItem': 'Add an item', 'coding.addItemHint': 'Items of type text without a code list.', 'coding.shown': 'Shown to coders', 'coding.removeItem': 'Remove', 'coding.setupSaved': 'Saved; what has one meaning is coded',
  'coding.would': 'What {dictionary} {version} would change', 'coding.wouldSums': '{same} of the coded values keep their term as it is, {back} go back to the coders.', 'coding.wouldNothing': 'Every term in use is the same in it.', 'coding.term': 'Term', 'coding.fate': 'What becomes of it', 'coding.values': 'Values', 'coding.then': 'Then',
  'codingFate.renamed': 'Called otherwise', 'codingFate.moved': 'Stands elsewhere', 'codingFate.not_current': 'Not current any more', 'codingFate.gone': 'Gone', 'codingFate.unclear': 'Not in its ATC class any more',
  'codingKind.meddra': 'MedDRA', 'codingKind.whodrug': 'WHODrug', 'codingState.todo': 'To be coded', 'codingState.coded': 'Coded', 'codingState.changed': 'Text changed', 'codingState.outdated': 'Version outdated',
  'codingSource.exact': 'Name', 'codingSource.synonym': 'Synonym', 'codingSource.person': 'By a person', 'codingSynonym.proposed': 'Proposed', 'codingSynonym.approved': 'Approved', 'codingSynonym.retired': 'Retired',
}
