package r4

import (
	"net/http"

	"casebook/web"
)

// capability is a CapabilityStatement.
type capability struct {
	ResourceType   string         `json:"resourceType"`
	Status         string         `json:"status"`
	Date           string         `json:"date"`
	Kind           string         `json:"kind"`
	Software       software       `json:"software"`
	Implementation implementation `json:"implementation"`
	FHIRVersion    string         `json:"fhirVersion"`
	Format         []string       `json:"format"`
	Rest           []rest         `json:"rest"`
}

type software struct {
	Name string `json:"name"`
}

type implementation struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type rest struct {
	Mode        string       `json:"mode"`
	Security    security     `json:"security"`
	Resource    []capable    `json:"resource"`
	Interaction []interacted `json:"interaction,omitempty"`
}

type security struct {
	Service     []concept `json:"service"`
	Description string    `json:"description"`
}

type concept struct {
	Coding []web.Coding `json:"coding"`
}

type capable struct {
	Type          string       `json:"type"`
	Interaction   []interacted `json:"interaction"`
	Documentation string       `json:"documentation,omitzero"`
	Versioning    string       `json:"versioning"`
	SearchParam   []searchable `json:"searchParam,omitempty"`
}

type interacted struct {
	Code string `json:"code"`
}

type searchable struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// changed is when what the statement says was last changed.
const changed = "2026-11-26"

func does(codes ...string) (all []interacted) {
	for _, c := range codes {
		all = append(all, interacted{c})
	}
	return all
}

func by(names ...string) (all []searchable) {
	for i := 0; i < len(names); i += 2 {
		all = append(all, searchable{names[i], names[i+1]})
	}
	return all
}

// resources are what is served, and how it is searched.
var resources = []capable{
	{"ResearchStudy", does("read", "search-type"), "The study of this address.", "no-version", by("_id", "token", "identifier", "token")},
	{"Organization", does("read", "search-type"), "The study's sites.", "no-version", by("_id", "token", "identifier", "token")},
	{"Questionnaire", does("read", "search-type", "create"), "Forms of all published versions; active are those of the newest. Creating one keeps it as the draft of a definition, which a person validates and publishes; the answer is an OperationOutcome that tells what the draft does not say as it was said.", "no-version",
		by("_id", "token", "url", "uri", "version", "token", "status", "token")},
	{"Patient", does("read", "search-type", "create"), "Pseudonymous: a subject's code and site. What says who somebody is, is refused. Creating one takes it in for screening.",
		"no-version", by("_id", "token", "identifier", "token")},
	{"ResearchSubject", does("read", "search-type", "create"), "Where a subject stands. Creating one moves it there; a change wants the extension " + reasonURL + ".",
		"no-version", by("_id", "token", "identifier", "token", "individual", "reference", "patient", "reference")},
	{"QuestionnaireResponse", does("read", "search-type", "create"), "A filled form. Creating one enters it by the same rules as a person's entry, with its queries and its audit trail; identifier says where in the casebook. With ?validate_only=true nothing is kept, and the answer says what would be asked. Idempotency-Key makes sending again safe.",
		"versioned", by("_id", "token", "subject", "reference", "patient", "reference", "questionnaire", "reference", "identifier", "token", "_lastUpdated", "date")},
	{"Observation", does("read", "create"), "A laboratory result. It waits until a person confirms it into a form; its tag says where it stands. encounter may name the visit by the identifier EVENT/REPEAT.",
		"no-version", nil},
	{"Subscription", does("read", "search-type", "create", "delete"), "A webhook: criteria is the name of a resource, without parameters; calls are signed by the Standard Webhooks specification and say where the change feed goes on.",
		"no-version", by("_id", "token", "status", "token")},
}

// atRoot is what is served where no study is named.
var atRoot = []capable{{"ResearchStudy", does("create"), "Creating one adds a study without sites and forms: identifier of the system " + studySystem + ", title, the extensions " + environmentURL + " (TRAINING, UAT or PRODUCTION) and " +
	managerURL + " (the user who manages its data). It is read at an address of its own, which Location tells.", "no-version", nil}}

// rootMetadata is the CapabilityStatement of the address at which studies are created.
func (s *Service) rootMetadata(w http.ResponseWriter, r *http.Request) error {
	return web.Resource(w, http.StatusOK, statement("All studies of casebook", addressOf(r, ""), atRoot, nil,
		"An administrator's session."))
}

// metadata is the CapabilityStatement: what can be asked here, by everybody's leave, since it says nothing of the study.
func (s *Service) metadata(w http.ResponseWriter, r *http.Request) error {
	return web.Resource(w, http.StatusOK, statement("One study of casebook", address(r), resources, does("transaction"),
		"A client's access token by OAuth 2.0 client credentials (/oauth2/token), or its key, as Bearer. Its scopes and sites apply."))
}

func statement(of, at string, all []capable, whole []interacted, safety string) capability {
	return capability{ResourceType: "CapabilityStatement", Status: "active", Date: changed, Kind: "instance",
		Software: software{"casebook"}, Implementation: implementation{of, at}, FHIRVersion: "4.0.1", Format: []string{"application/fhir+json"},
		Rest: []rest{{Mode: "server", Resource: all, Interaction: whole,
			Security: security{[]concept{{[]web.Coding{{System: "http://terminology.hl7.org/CodeSystem/restful-security-service", Code: "OAuth"}}}}, safety}}}}
}
