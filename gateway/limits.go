package gateway

import "time"

// The bounds of the door, all in this file. A handler may have a tighter bound of its own, never a wider one.
const (
	headerBytes = 16 << 10               // all header lines of a request
	headerTime  = 5 * time.Second        // to send them
	idleTime    = 2 * time.Minute        // a connection kept between two requests
	bodyTime    = 2 * time.Second        // beyond a request's own time, for the last bytes of its body
	answerTime  = time.Minute            // beyond a request's own time, for a slow reader to take the answer
	readyTime   = time.Second            // to find out whether this process can work
	drainTime   = 20 * time.Second       // from being told to stop until the requests under way are cut
	retryTime   = 2 * time.Second        // when somebody for whom there was no room should come back
	waitTime    = 100 * time.Millisecond // for a place in a room that finds its size by itself
)

// A class is what requests have in common that compete for the same room.
type class struct {
	name      string
	time      time.Duration // the longest that one may take; 0 for streams, which end with their reader or this process
	objective time.Duration // what one should take at most: beyond it the last seconds are written down; 0 for none
	body      int64         // bytes
	atOnce    int           // how many are served at the same time; more are told to come back
	waiting   int           // how many more may wait for a place, unread; none where a person waits, who is told at once
	wait      time.Duration // the longest that one waits
	atLeast   int           // how many in any case, where the number follows what the machine can carry; 0 where it is atOnce
}

var (
	interactive = &class{name: "interactive", time: 5 * time.Second, objective: time.Second, body: 2 << 20, atOnce: 256}
	reports     = &class{name: "reports", time: 10 * time.Second, objective: time.Second, body: 1 << 20, atLeast: 64, atOnce: 2048}
	manyReports = &class{name: "many reports", time: 30 * time.Second, objective: 5 * time.Second, body: 8 << 20, atOnce: 4}                                 // each is in memory until it is durable
	phones      = &class{name: "phones", time: 20 * time.Second, objective: 5 * time.Second, body: 4 << 20, atOnce: 64, waiting: 512, wait: 5 * time.Second} // months of diaries at once
	streams     = &class{name: "streams", atOnce: 1000}
	uploads     = &class{name: "uploads", time: 2 * time.Minute, objective: 10 * time.Second, body: 21 << 20, atOnce: 4} // each is in memory while it is judged
	batches     = &class{name: "batches", time: 30 * time.Second, objective: 5 * time.Second, body: 2 << 20, atOnce: 8}  // many casebooks in one commit
	files       = &class{name: "files", time: 30 * time.Minute, body: 2 << 20, atOnce: 8}                                // made while they are read
)

const attachments = "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments"

// classes names the class of every address that is not interactive, by its pattern.
var classes = map[string]*class{
	"POST /report":                        reports,
	"POST /api/v1/reports":                reports,
	"POST /api/v1/reports/batch":          manyReports,
	"POST /api/v1/epro/records":           phones,
	"GET /api/v1/studies/{study}/changes": streams,
	"GET /api/v1/studies/{study}/live":    streams,

	"GET /api/v1/studies/{study}/notices/{notice}/live":   streams,
	"GET /api/v1/studies/{study}/notices/{notice}/export": files,

	"POST /api/v1/studies/{study}/documents":                             uploads,
	"POST /api/v1/studies/{study}/files":                                 uploads,
	"GET /api/v1/studies/{study}/notices/{notice}/attachments/{number}":  files,
	"GET /api/v1/studies/{study}/inbox/{notice}/attachments/{number}":    files,
	"POST /api/v1/studies/{study}/sites/{site}/documents":                uploads,
	"POST /api/v1/studies/{study}/documents/{document}/versions":         uploads,
	"GET /api/v1/studies/{study}/documents/{document}/versions/{number}": files,

	"POST " + attachments:              uploads,
	"GET " + attachments + "/{number}": files,

	"PUT /api/v1/studies/{study}/uploads/{upload}/pieces/{piece}": uploads,

	"POST /api/v1/studies/{study}/drafts":           uploads,
	"POST /api/v1/studies/{study}/definition/check": uploads,
	"POST /api/v1/studies/{study}/promotions":       uploads,

	"POST /api/v1/studies/{study}/sites/{site}/amendment/trial": batches,
	"POST /api/v1/studies/{study}/sites/{site}/amendment/steps": batches,
	"POST /api/v1/studies/{study}/coding/automatic":             batches,
	"GET /api/v1/studies/{study}/safety/reconciliation":         batches,
	"GET /api/v1/studies/{study}/safety/reconciliation/export":  batches,
	"GET /api/v1/studies/{study}/coding/export":                 batches,

	"GET /api/v1/studies/{study}/queries/export": files,
	"GET /api/v1/studies/{study}/visits/export":  files,
	"GET /api/v1/studies/{study}/trail/export":   files,

	"GET /api/v1/studies/{study}/exports/{export}/file": files,
}
